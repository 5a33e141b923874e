//! Commands about pools.

use radula::Errno;
use serde_json::{Map, Value, json};

use super::{Answer, Arguments, Refused, printed, refused, said};
use crate::{
    cluster::{NewPool, View},
    maps::{FLAG_EC_OVERWRITES, FLAG_EIO, MapPool, PoolKind},
    shared::Shared,
};

fn no_pool(name: &str) -> Refused {
    refused(Errno::ENOENT, format!("unrecognized pool '{name}'"))
}

fn named<'a>(view: &'a View, arguments: &Arguments) -> Result<&'a MapPool, Refused> {
    let name = arguments.text("pool")?;
    let pool = view.pool_named(name).ok_or_else(|| no_pool(name))?;
    Ok(&pool.map)
}

/// Changes the pool that the command names.
fn change<T>(
    shared: &Shared,
    arguments: &Arguments,
    change: impl FnOnce(&mut MapPool) -> Result<T, Errno>,
) -> Result<T, Refused> {
    let name = arguments.text("pool")?;
    named(&shared.cluster.view(), arguments)?;
    let changed = shared
        .cluster
        .change(|record| change(record.pool_mut(name)?));
    Ok(changed?.0)
}

pub(super) fn create(shared: &Shared, arguments: &Arguments) -> Answer {
    let name = arguments.text("pool")?;
    let mut pool = NewPool::named(name);
    if let Some(pg_num) = arguments.number("pg_num")?.filter(|number| *number > 0) {
        pool.pg_num = u32::try_from(pg_num).map_err(|_| Errno::ERANGE)?;
    }
    pool.kind = match arguments.optional("pool_type") {
        None | Some("replicated") => PoolKind::Replicated,
        Some("erasure") => PoolKind::Erasure,
        Some(_) => return Err(refused(Errno::EINVAL, "pool_type is replicated or erasure")),
    };
    match shared.cluster.create_pool(&pool) {
        Ok(_) => said(format!("pool '{name}' created")),
        Err(Errno::EEXIST) => said(format!("pool '{name}' already exists")),
        Err(errno) => Err(errno.into()),
    }
}

pub(super) fn delete(shared: &Shared, arguments: &Arguments) -> Answer {
    let name = arguments.text("pool")?;
    let sure = arguments.is_set("yes_i_really_really_mean_it")
        || arguments.is_set("yes_i_really_really_mean_it_not_faking")
        || arguments
            .optional("sure")
            .is_some_and(|sure| sure.starts_with("--yes"));
    if arguments.optional("pool2") != Some(name) || !sure {
        return Err(refused(
            Errno::EPERM,
            format!(
                "to delete pool '{name}' with all its objects, name it twice and add \
                 --yes-i-really-really-mean-it"
            ),
        ));
    }
    let id = shared
        .cluster
        .view()
        .pool_named(name)
        .map(|pool| pool.map.id);
    match shared.cluster.delete_pool(name) {
        Ok(_) => {
            shared.results.forget(id.unwrap_or_default());
            said(format!("pool '{name}' removed"))
        }
        Err(Errno::ENOENT) => said(format!("pool '{name}' does not exist")),
        Err(errno) => Err(errno.into()),
    }
}

fn is_yes(value: &str) -> Result<bool, Errno> {
    match value {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(Errno::EINVAL),
    }
}

pub(super) fn set(shared: &Shared, arguments: &Arguments) -> Answer {
    let (name, variable) = (arguments.text("pool")?, arguments.text("var")?);
    let text = arguments.optional("val").map(str::to_owned);
    let text = match text {
        Some(text) => text,
        None => arguments.number("val")?.ok_or(Errno::EINVAL)?.to_string(),
    };
    let number = || text.parse::<u32>().map_err(|_| Errno::EINVAL);
    change(shared, arguments, |pool| {
        let mut flag = |flag: u64| -> Result<(), Errno> {
            match is_yes(&text)? {
                true => pool.flags |= flag,
                false => pool.flags &= !flag,
            }
            Ok(())
        };
        match variable {
            "pg_num" | "pg_num_actual" => {
                let wanted = number()?;
                // Placement groups split; they do not merge here.
                if wanted < pool.pg_num || wanted > 65_536 {
                    return Err(Errno::EINVAL);
                }
                pool.pg_num = wanted;
            }
            // They are always the same.
            "pgp_num" | "pgp_num_actual" => {
                return (number()? <= pool.pg_num)
                    .then_some(())
                    .ok_or(Errno::EINVAL);
            }
            "size" => pool.size = u8::try_from(number()?).map_err(|_| Errno::EINVAL)?,
            "eio" => flag(FLAG_EIO)?,
            "allow_ec_overwrites" => flag(FLAG_EC_OVERWRITES)?,
            _ => return Err(Errno::EINVAL),
        }
        Ok(())
    })?;
    said(format!("set pool '{name}' {variable} to {text}"))
}

pub(super) fn get(view: &View, arguments: &Arguments) -> Answer {
    let pool = named(view, arguments)?;
    let variable = arguments.text("var")?;
    let value = match variable {
        "pg_num" | "pgp_num" => json!(pool.pg_num),
        "size" => json!(pool.size),
        "min_size" => json!(1),
        "eio" => json!(pool.flags & FLAG_EIO != 0),
        "allow_ec_overwrites" => json!(pool.flags & FLAG_EC_OVERWRITES != 0),
        "crush_rule" => json!("replicated_rule"),
        _ => {
            return Err(refused(
                Errno::EINVAL,
                format!("no variable {variable} here"),
            ));
        }
    };
    let mut answer = Map::new();
    answer.insert("pool".to_owned(), json!(pool.name));
    answer.insert("pool_id".to_owned(), json!(pool.id));
    answer.insert(variable.to_owned(), value.clone());
    arguments.print(&Value::Object(answer), || format!("{variable}: {value}\n"))
}

pub(super) fn list(view: &View, arguments: &Arguments) -> Answer {
    let names: Vec<&str> = view.record.pools.iter().map(|pool| &*pool.name).collect();
    arguments.print(&json!(names), || {
        names.iter().map(|name| format!("{name}\n")).collect()
    })
}

pub(super) fn list_numbered(view: &View, arguments: &Arguments) -> Answer {
    let pools = &view.record.pools;
    let value = |pool: &MapPool| json!({ "poolnum": pool.id, "poolname": pool.name });
    arguments.print(&pools.iter().map(value).collect(), || {
        let line = |pool: &MapPool| format!("{} {}\n", pool.id, pool.name);
        pools.iter().map(line).collect()
    })
}

pub(super) fn enable(shared: &Shared, arguments: &Arguments) -> Answer {
    let application = arguments.text("app")?;
    let force = arguments.is_set("yes_i_really_mean_it")
        || arguments
            .optional("force")
            .is_some_and(|force| force.starts_with("--yes"));
    change(shared, arguments, |pool| {
        let has_others = pool.applications.keys().any(|other| other != application);
        if has_others && !force {
            return Err(Errno::EPERM);
        }
        pool.applications.entry(application.to_owned()).or_default();
        Ok(())
    })?;
    said(format!("enabled application '{application}'"))
}

pub(super) fn disable(shared: &Shared, arguments: &Arguments) -> Answer {
    let application = arguments.text("app")?;
    change(shared, arguments, |pool| {
        pool.applications.remove(application);
        Ok(())
    })?;
    said(format!("disabled application '{application}'"))
}

pub(super) fn set_tag(shared: &Shared, arguments: &Arguments) -> Answer {
    let (application, key, value) = (
        arguments.text("app")?,
        arguments.text("key")?,
        arguments.text("value")?,
    );
    change(shared, arguments, |pool| {
        let tags = pool
            .applications
            .get_mut(application)
            .ok_or(Errno::ENOENT)?;
        tags.insert(key.to_owned(), value.to_owned());
        Ok(())
    })?;
    said(format!(
        "set application '{application}' key '{key}' to '{value}'"
    ))
}

pub(super) fn remove_tag(shared: &Shared, arguments: &Arguments) -> Answer {
    let (application, key) = (arguments.text("app")?, arguments.text("key")?);
    change(shared, arguments, |pool| {
        let tags = pool
            .applications
            .get_mut(application)
            .ok_or(Errno::ENOENT)?;
        tags.remove(key);
        Ok(())
    })?;
    said(format!("removed application '{application}' key '{key}'"))
}

pub(super) fn applications(view: &View, arguments: &Arguments) -> Answer {
    if arguments.optional("pool").is_none() {
        let all = view.record.pools.iter();
        let all: Map<String, Value> = all
            .map(|pool| (pool.name.clone(), json!(pool.applications)))
            .collect();
        return printed(Value::Object(all).to_string());
    }
    let applications = &named(view, arguments)?.applications;
    let Some(application) = arguments.optional("app") else {
        return printed(json!(applications).to_string());
    };
    let tags = applications.get(application).ok_or(Errno::ENOENT)?;
    match arguments.optional("key") {
        None => printed(json!(tags).to_string()),
        Some(key) => printed(tags.get(key).ok_or(Errno::ENOENT)?.clone()),
    }
}
