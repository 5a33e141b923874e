//! Commands about pools.

use radula::Errno;
use serde_json::{Map, Value, json};

use super::{Answer, Arguments, Refused, printed, refused, said};
use crate::{
    cluster::{NewPool, View},
    maps::{FLAG_NOPGCHANGE, FLAG_NOSIZECHANGE, MapPool, PoolKind, SETTABLE},
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

pub(super) fn rename(shared: &Shared, arguments: &Arguments) -> Answer {
    let (from, to) = (arguments.text("srcpool")?, arguments.text("destpool")?);
    let renamed = shared.cluster.change(|record| record.rename_pool(from, to));
    match renamed {
        Ok(_) => said(format!("pool '{from}' renamed to '{to}'")),
        Err(Errno::ENOENT) => Err(no_pool(from)),
        Err(errno) => Err(errno.into()),
    }
}

fn flag_named(name: &str) -> Option<u64> {
    let found = SETTABLE.iter().find(|(known, _)| *known == name);
    found.map(|(_, flag)| *flag)
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
        match variable {
            "pg_num" | "pg_num_actual" => {
                let wanted = number()?;
                // Placement groups split; they do not merge here.
                if wanted < pool.pg_num || wanted > 65_536 {
                    return Err(Errno::EINVAL);
                }
                if wanted != pool.pg_num && pool.flags & FLAG_NOPGCHANGE != 0 {
                    return Err(Errno::EPERM);
                }
                pool.pg_num = wanted;
            }
            // They are always the same.
            "pgp_num" | "pgp_num_actual" => {
                return (number()? <= pool.pg_num)
                    .then_some(())
                    .ok_or(Errno::EINVAL);
            }
            "size" if pool.flags & FLAG_NOSIZECHANGE != 0 => return Err(Errno::EPERM),
            "size" => pool.size = u8::try_from(number()?).map_err(|_| Errno::EINVAL)?,
            other => {
                let flag = flag_named(other).ok_or(Errno::EINVAL)?;
                match is_yes(&text)? {
                    true => pool.flags |= flag,
                    false => pool.flags &= !flag,
                }
            }
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
        "crush_rule" => json!("replicated_rule"),
        other => {
            let unknown = || refused(Errno::EINVAL, format!("no variable {variable} here"));
            json!(pool.flags & flag_named(other).ok_or_else(unknown)? != 0)
        }
    };
    let mut answer = Map::new();
    answer.insert("pool".to_owned(), json!(pool.name));
    answer.insert("pool_id".to_owned(), json!(pool.id));
    answer.insert(variable.to_owned(), value.clone());
    arguments.print(&Value::Object(answer), || format!("{variable}: {value}\n"))
}

/// Bytes, with a unit of 1024 if need be, as in `10M` or `10Mi`.
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let shift = match text[digits.len()..]
        .trim_end_matches('B')
        .trim_end_matches('i')
    {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        "P" => 50,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

pub(super) fn set_quota(shared: &Shared, arguments: &Arguments) -> Answer {
    let (name, field) = (arguments.text("pool")?, arguments.text("field")?);
    let value = match arguments.optional("val") {
        Some(text) => size(text).ok_or_else(|| refused(Errno::EINVAL, "val is no number"))?,
        None => arguments.number("val")?.ok_or(Errno::EINVAL)?,
    };
    change(shared, arguments, |pool| {
        match field {
            "max_bytes" => pool.quota.bytes = value,
            "max_objects" => pool.quota.objects = value,
            _ => return Err(Errno::EINVAL),
        }
        Ok(())
    })?;
    said(format!("set-quota {field} = {value} for pool {name}"))
}

pub(super) fn get_quota(view: &View, arguments: &Arguments) -> Answer {
    let pool = named(view, arguments)?;
    let quota = pool.quota;
    let value = json!({
        "pool_name": pool.name, "pool_id": pool.id,
        "quota_max_objects": quota.objects, "quota_max_bytes": quota.bytes,
    });
    let text = |most: u64| match most {
        0 => "N/A".to_owned(),
        most => most.to_string(),
    };
    arguments.print(&value, || {
        format!(
            "quotas for pool '{}':\n  max objects: {}\n  max bytes  : {}\n",
            pool.name,
            text(quota.objects),
            text(quota.bytes)
        )
    })
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
