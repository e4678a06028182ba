//! How targets are found, without a server.

use super::*;

fn around(pairs: &[(&str, &str)]) -> Surroundings {
    Surroundings {
        environment: pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        account: "ann".to_owned(),
        home: None,
    }
}

fn find(dsn: &str, pairs: &[(&str, &str)]) -> Target {
    Target::find(Some(dsn), &Spoken::default(), &around(pairs)).expect(dsn)
}

#[test]
fn reads_both_forms_of_a_connection_string() {
    let uri = find("postgres://bob:s%40me@db:6000/shop?sslmode=require&connect_timeout=3", &[]);
    let pairs = find(
        "host=db port = 6000 user=bob password='s@me' dbname=shop sslmode=require \
         connect_timeout=3",
        &[],
    );
    assert_eq!(uri, pairs);
    assert_eq!(uri.to_string(), "shop on db:6000 as bob");
    assert_eq!(uri.password(), Some("s@me"));
    assert!(!format!("{uri:?} {uri}").contains("s@me"));
}

#[test]
fn reads_lists_of_hosts_sockets_and_addresses() {
    let target = find("postgresql://a:1,b:2/d", &[]);
    assert_eq!(target.hosts.len(), 2);
    assert_eq!(target.hosts[1].to_string(), "b:2");
    assert_eq!(find("postgresql://[::1]:7/d", &[]).hosts[0].host, "::1");
    let socket = find("postgresql:///d?host=/run/pg&port=9", &[]);
    assert_eq!(socket.hosts[0].to_string(), "/run/pg/.s.PGSQL.9");
    assert!(socket.is_local());
}

#[test]
fn prefers_what_is_said_over_the_environment() {
    let environment = [
        ("PGHOST", "e"),
        ("PGUSER", "eve"),
        ("PGPASSWORD", "x"),
        ("DATABASE_URL", "postgres://u@v/w?sslmode=disable"),
        ("PGAPPNAME", "ignored"),
    ];
    let plain = Target::find(None, &Spoken::default(), &around(&environment)).expect("found");
    assert_eq!(plain.to_string(), "w on e:5432 as eve");
    assert_eq!(plain.encryption, Encryption::Disable);
    let spoken = Spoken { host: Some("h".to_owned()), ..Spoken::default() };
    let target = Target::find(Some("mydb"), &spoken, &around(&environment)).expect("found");
    assert_eq!(target.to_string(), "mydb on h:5432 as eve");
}

#[test]
fn defaults_as_libpq_does() {
    let target = Target::find(None, &Spoken::default(), &around(&[])).expect("found");
    assert_eq!(target.user, "ann");
    assert_eq!(target.database, "ann");
    assert_eq!(target.encryption, Encryption::Prefer);
}

#[test]
fn refuses_what_it_would_get_wrong() {
    for dsn in [
        "service=prod",
        "hots=x",
        "port=x host=h",
        "postgres://h/d?sslmode=maybe",
        "postgres://h%4/d",
        "host=a,b,c port=1,2",
        "password='open",
        "sslcert=me.pem",
    ] {
        let found = Target::find(Some(dsn), &Spoken::default(), &around(&[]));
        assert!(found.is_err(), "{dsn}: {found:?}");
    }
    assert!(Target::find(None, &Spoken::default(), &around(&[("PGSERVICE", "x")])).is_err());
}

#[test]
fn reads_password_files() {
    let target = find("postgres://bob@db:6000/shop", &[]);
    let place = &target.hosts[0];
    let text = "# db:6000:shop:bob:no\nother:*:*:*:no\ndb:*:shop:bob:a\\:b\\\\c\n*:*:*:*:last\n";
    assert_eq!(passfile::find(text, &target, place).as_deref(), Some("a:b\\c"));
    let socket = find("postgresql://bob@/shop?host=/run/pg", &[]);
    let text = "localhost:5432:shop:bob:local\n";
    assert_eq!(passfile::find(text, &socket, &socket.hosts[0]).as_deref(), Some("local"));
}

#[test]
fn refuses_a_password_file_that_others_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::temp_dir().join(format!("pgsextant-pgpass-{}", std::process::id()));
    std::fs::write(&path, "*:*:*:*:secret\n").expect("written");
    let target = find("postgres://bob@db/shop", &[]);
    for (mode, found) in [(0o644, None), (0o600, Some("secret"))] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        assert_eq!(passfile::password(&path, &target).as_deref(), found);
    }
    std::fs::remove_file(&path).expect("removed");
}
