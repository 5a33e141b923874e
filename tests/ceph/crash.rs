//! An OSD that is killed while methods write.

use std::time::Duration;

use libtest_mimic::Trial;
use testkit::cluster::{ClassDir, Client, Cluster, OsdStore, Ticket};

use crate::shared::Shared;

/// Objects that are written at the same time.
const OBJECTS: usize = 8;

/// How often the OSD is killed.
const KILLS: usize = 4;

/// A method that writes one counter into every part of its object, in an order that differs from call to call, and
/// much of it.
const CLASS: &str = "
function step(input, output)
  local counter = input:str()
  local data = bufferlist.new()
  data:append(string.rep(counter .. ' ', 8192))
  local value = bufferlist.new()
  value:append(counter)
  if tonumber(counter) % 2 == 0 then
    objclass.write_full(data)
    objclass.setxattr('counter', value)
    objclass.map_set_val('counter', value)
  else
    objclass.map_set_val('counter', value)
    objclass.setxattr('counter', value)
    objclass.write_full(data)
  end
end
objclass.register(step, 'w')
";

pub(crate) fn trials() -> Vec<Trial> {
    let durable = Shared::with_plugin("bluestore-killed", |options, _| {
        options.on(OsdStore::Blue, 1)
    });
    vec![durable.trial(
        "an_osd_killed_in_the_middle_of_writing_methods_has_every_object_whole_afterwards",
        an_osd_killed_in_the_middle_of_writing_methods_has_every_object_whole_afterwards,
    )]
}

/// A call that was sent: to which object, with which counter.
struct Sent {
    object: usize,
    counter: u64,
    ticket: Ticket,
}

fn an_osd_killed_in_the_middle_of_writing_methods_has_every_object_whole_afterwards(
    cluster: &Cluster,
    classes: &ClassDir,
) {
    classes.put_lua("steady", CLASS);
    let mut next = 1;
    for kill in 0..KILLS {
        let mut client = cluster.client();
        let mut acknowledged = [0; OBJECTS];
        let mut sent: Vec<Sent> = Vec::new();
        // Later calls are under way while the first are answered; somewhere among them the OSD dies.
        for turn in 0..160 {
            sent.push(send(&mut client, turn % OBJECTS, next));
            next += 1;
            if turn == 80 + kill * 17 {
                collect(&mut client, &mut sent, &mut acknowledged, Duration::ZERO);
                cluster.kill_osd(0);
            }
        }
        assert!(
            !sent.is_empty(),
            "the OSD died too late to interrupt anything"
        );
        if kill % 2 == 0 {
            // Nobody sends anything again: this is what was on the disk when the OSD died.
            drop(client);
            cluster.restart_osd(0);
            check_whole(&mut cluster.client(), &acknowledged);
            continue;
        }
        cluster.restart_osd(0);
        // The client library sends again what was not answered.
        collect(
            &mut client,
            &mut sent,
            &mut acknowledged,
            Duration::from_secs(60),
        );
        assert!(sent.is_empty(), "{} calls are never answered", sent.len());
        check_whole(&mut client, &acknowledged);
    }
}

fn send(client: &mut Client, object: usize, counter: u64) -> Sent {
    let input = counter.to_string();
    Sent {
        object,
        counter,
        ticket: client.begin(&oid(object), "steady", "step", input.as_bytes()),
    }
}

/// Takes the answers that come within `patience` each out of `sent`.
fn collect(
    client: &mut Client,
    sent: &mut Vec<Sent>,
    acknowledged: &mut [u64; OBJECTS],
    patience: Duration,
) {
    sent.retain(|call| match client.wait(call.ticket, patience) {
        None => true,
        Some(answer) => {
            assert_eq!(
                answer.ret,
                0,
                "step {} on {}",
                call.counter,
                oid(call.object)
            );
            let last = &mut acknowledged[call.object];
            *last = call.counter.max(*last);
            false
        }
    });
}

/// Every part of every object must have the same counter, and not an older one than was acknowledged.
fn check_whole(client: &mut Client, acknowledged: &[u64; OBJECTS]) {
    for (object, &acknowledged) in acknowledged.iter().enumerate() {
        let state = match client.object(&oid(object)) {
            Ok(state) => state,
            Err(error) if error.errno == 2 && acknowledged == 0 => continue,
            Err(error) => panic!("{}: {error}", oid(object)),
        };
        let counter = &state.xattrs[&b"counter"[..]];
        assert_eq!(state.omap[&b"counter"[..]], *counter, "{}", oid(object));
        let piece = [counter, &b" "[..]].concat();
        assert!(
            state.data == piece.repeat(8192),
            "{} has other data than its counter {} says",
            oid(object),
            String::from_utf8_lossy(counter)
        );
        let counter: u64 = String::from_utf8_lossy(counter)
            .parse()
            .expect("a counter is a number");
        assert!(
            counter >= acknowledged,
            "{}: {acknowledged} was acknowledged, and {counter} is there",
            oid(object)
        );
    }
}

fn oid(object: usize) -> String {
    format!("steady.{object}")
}
