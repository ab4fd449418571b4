//! The rotating key under Terraform: what the plans say, and that no client is ever locked out.

use std::time::Duration;

use serde_json::json;

use crate::support::detour::{Deed, Detour};
use crate::support::world::World;

const CI: &str = "appservices_rotating_user_api_key.ci";
const DAY_S: u32 = 86_400;

fn hcl(arguments: &str) -> String {
    format!(
        "resource \"appservices_rotating_user_api_key\" \"ci\" {{\n  name_prefix = \"ci-\"\n  {arguments}\n}}\n\
         output \"key\" {{\n  value     = {CI}.key\n  sensitive = true\n}}\n"
    )
}

/// A world with a road on which keys can look old.
async fn world() -> Option<(World, Detour)> {
    let world = World::start().await?;
    let detour = Detour::to(&world.server).await;
    let arguments = world.arguments();
    world.provider(&arguments.replace(&world.server.url(), &detour.url()));
    Some((world, detour))
}

fn next_is_old(detour: &Detour, days: u32) {
    detour.next("POST", "/auth/api_keys", Deed::Backdate(days * DAY_S));
}

async fn works(world: &World, value: &str) -> bool {
    world.server.log_in_with(value).await.is_success()
}

const QUARTERLY: &str = "rotate_after = \"90d\"\n  overlap = \"7d\"";

#[tokio::test]
async fn a_year_in_the_life_of_a_rotating_key() {
    let Some((world, detour)) = world().await else {
        return;
    };
    let hcl = hcl(QUARTERLY);
    next_is_old(&detour, 91);
    world.apply(&hcl).await.succeeds();
    let (id, value) = (world.attribute(CI, "id"), world.attribute(CI, "key"));

    // It is due: an update in place, and the plan says which key and until when.
    let plan = world.plan(&hcl).await;
    assert_eq!(plan.actions()[CI], "update");
    assert_eq!(
        plan.changed(CI),
        [
            "created_at",
            "id",
            "key",
            "key_fingerprint",
            "name",
            "previous_id",
            "previous_name",
            "previous_retires_at",
            "rotates_at",
        ]
    );
    let rotates_at = world.attribute(CI, "rotates_at");
    plan.ran
        .warns(&["due for rotation", &id, &rotates_at, "7d"]);
    next_is_old(&detour, 3);
    let apply = ["apply", "-input=false", "plan.bin"];
    world.terraform.run(&apply).await.succeeds();
    let next = world.attribute(CI, "key");
    assert_eq!(world.attribute(CI, "previous_id"), id);
    assert_eq!(world.output("key"), next.as_str());
    assert!(works(&world, &value).await && works(&world, &next).await);
    // Quiet, while both work.
    world.has_nothing_to_do(&hcl).await;

    // Half a year without a run: the previous key is long past its time, and the current one due.
    let keepers = format!("{QUARTERLY}\n  keepers = {{ moved = \"yes\" }}");
    let kept = self::hcl(&keepers);
    next_is_old(&detour, 180);
    world
        .apply(&kept)
        .await
        .succeeds()
        .warns(&["two keys at most", &id]);
    assert!(!works(&world, &value).await, "it made room");
    assert!(works(&world, &next).await, "and has its overlap");
    let (id, current) = (world.attribute(CI, "id"), world.attribute(CI, "key"));
    let plan = world.plan(&kept).await;
    assert_eq!(plan.actions()[CI], "update");
    let previous = world.attribute(CI, "previous_id");
    plan.ran
        .warns(&["due for rotation", &id])
        .warns(&[&previous, "will be deleted"]);
    next_is_old(&detour, 8);
    world.apply(&kept).await.succeeds();
    assert!(!works(&world, &next).await && works(&world, &current).await);

    // A week later: the plan names the key that it deletes, and nothing else changes.
    let plan = world.plan(&kept).await;
    let retired = ["previous_id", "previous_name", "previous_retires_at"];
    assert_eq!(plan.does(CI, "update").changed(CI), retired);
    plan.ran
        .warns(&[&world.attribute(CI, "previous_id"), "will be deleted"]);
    world.apply(&kept).await.succeeds();
    assert!(!works(&world, &current).await);
    let last = world.attribute(CI, "key");
    assert!(works(&world, &last).await);
    world.has_nothing_to_do(&kept).await;
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}

#[tokio::test]
async fn arguments_change_in_place_drift_is_mended_and_an_import_rotates_nothing() {
    let Some((world, _detour)) = world().await else {
        return;
    };
    let made = world.server.create("deploy-bot").await;
    let id = made["_id"].as_str().expect("an id").to_owned();
    let hcl = hcl(QUARTERLY);
    world.main(&hcl);
    world
        .import(CI, &id)
        .await
        .succeeds()
        .warns(&["key", "null"]);
    world.apply(&hcl).await.succeeds();
    assert_eq!(world.attribute(CI, "id"), id);
    world.has_nothing_to_do(&hcl).await;

    world.server.disable(&id).await;
    let plan = world.plan(&hcl).await;
    assert_eq!(plan.does(CI, "update").changed(CI), ["enabled"]);
    world.apply(&hcl).await.succeeds();
    assert_eq!(
        world.server.keys().await,
        json!({ "deploy-bot": "enabled" })
    );

    for (arguments, changed) in [
        (
            "rotate_after = \"60d\"\n  overlap = \"7d\"",
            vec!["rotate_after", "rotates_at"],
        ),
        (
            "rotate_after = \"60d\"\n  overlap = \"2d\"",
            vec!["overlap"],
        ),
    ] {
        let hcl = self::hcl(arguments);
        let plan = world.plan(&hcl).await;
        assert_eq!(plan.does(CI, "update").changed(CI), changed);
        world.apply(&hcl).await.succeeds();
        world.has_nothing_to_do(&hcl).await;
    }
    let ran = world.validate(&self::hcl("rotate_after = \"12h\"")).await;
    ran.fails_with(&["shorter than `rotate_after`", "24h"]);

    // With recipients, the next value is in the state for them alone.
    let identity = age::x25519::Identity::generate();
    let recipients = format!(
        "rotate_after = \"60d\"\n  recipients = [\"{}\"]",
        identity.to_public()
    );
    let sealed = self::hcl(&recipients);
    world.apply(&sealed).await.succeeds();
    assert_eq!(world.attribute(CI, "previous_id"), id);
    assert!(world.state(CI)["key"].is_null());
    let file = world.attribute(CI, "encrypted_key");
    let value = age::decrypt(&identity, file.as_bytes()).expect("it is for this identity");
    let value = String::from_utf8(value).expect("UTF-8");
    assert!(works(&world, &value).await);
    world.has_nothing_to_do(&sealed).await;
}

#[tokio::test]
async fn ages_that_are_not_known_yet_lead_to_no_contradiction() {
    let hcl = |age: &str, overlap: &str, trigger: u8| {
        let ages = "rotate_after = terraform_data.ages.output.age\n  overlap = terraform_data.ages.output.overlap\n  \
                    keepers = { a = terraform_data.ages.output.overlap }";
        format!(
            "resource \"terraform_data\" \"ages\" {{\n  input = {{ age = \"{age}\", overlap = \"{overlap}\" }}\n  \
             triggers_replace = {trigger}\n}}\n{}",
            self::hcl(ages)
        )
    };
    let Some((world, detour)) = world().await else {
        return;
    };
    next_is_old(&detour, 91);
    world.apply(&hcl("90d", "7d", 1)).await.succeeds();
    let mut value = world.attribute(CI, "key");
    for (round, (age, overlap)) in [("365d", "7d"), ("30d", "7d"), ("30d", "1d")]
        .into_iter()
        .enumerate()
    {
        next_is_old(&detour, 91);
        let trigger = u8::try_from(round).expect("few rounds") + 2;
        let ran = world.apply(&hcl(age, overlap, trigger)).await.succeeds();
        ran.never_mentions(&["inconsistent"]);
        assert!(works(&world, &value).await, "the value from before");
        value = world.attribute(CI, "key");
        assert!(works(&world, &value).await);
    }
}

/// A pipeline that runs all the time, with ages of seconds, and a device that fetches its value now and then.
#[tokio::test]
async fn a_device_is_never_locked_out_until_the_overlap_after_the_next_rotation() {
    let Some(world) = World::start().await else {
        return;
    };
    let overlap = Duration::from_secs(2);
    let hcl = hcl("rotate_after = \"3s\"\n  overlap = \"2s\"");
    world.apply(&hcl).await.succeeds();
    // Values, when they were last current, and whether they still are.
    let mut fetched: Vec<(String, std::time::Instant)> = Vec::new();
    let mut rotations = 0;
    while rotations < 3 {
        let current = world.attribute(CI, "key");
        match fetched.last_mut() {
            Some((value, at)) if *value == current => *at = std::time::Instant::now(),
            last => {
                rotations += usize::from(last.is_some());
                fetched.push((current, std::time::Instant::now()));
            }
        }
        for (value, last_current) in &fetched {
            let works = works(&world, value).await;
            // What is younger than the overlap now was so when it was asked.
            assert!(works || last_current.elapsed() > overlap, "locked out");
        }
        assert!(world.server.emulator.keys().len() <= 2);
        // Several applies in each overlap, and not as many as the machine can do.
        tokio::time::sleep(overlap / 8).await;
        world.apply(&hcl).await.succeeds();
    }
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}
