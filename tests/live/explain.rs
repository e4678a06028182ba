//! Statements are planned and run on the user's server, within what may be taken from it.

use pgsextant::base::NoteCode;
use pgsextant::io::{
    CollectOptions, Consent, ConsentMode, Limits, Session, Silent, Spoken, Surroundings, Target,
    collect, plan_drafts,
};
use pgsextant::workload::drafts;

use crate::harness::each_major;

#[test]
fn nothing_is_executed_on_a_primary_unless_asked() {
    each_major(async |live| {
        live.psql(
            "create extension pg_stat_statements;
            create table sale (id int primary key, customer int);
            insert into sale select n, n % 100 from generate_series(1, 5000) n;
            create function slow(int) returns int language plpgsql volatile
                as 'begin return $1; end';
            analyze sale; select count(*) from sale where customer = 7;
            select slow(id) from sale where id = 3;",
        )
        .await;
        let dsn = live.dsn("postgres", "postgres");
        let around = Surroundings::default();
        let target = Target::find(Some(&dsn), &Spoken::default(), &around).unwrap();
        let session = Session::connect(&target, Limits::default()).await.unwrap();
        let capture = collect(&session, &CollectOptions::default(), &Silent).await.unwrap();
        let drafts = drafts(&capture);
        let auto = Consent::default();
        let (plans, notes) = plan_drafts(&session, &drafts, &capture, &auto, &Silent).await;
        let sale = drafts.iter().find(|it| it.text.contains("from sale where customer")).unwrap();
        assert!(plans.iter().any(|it| it.statement == sale.key), "{notes:?}");
        assert!(plans.iter().all(|it| !it.analyzed));
        let unsafe_one = drafts.iter().find(|it| it.text.contains("slow(id)")).unwrap();
        assert!(plans.iter().all(|it| it.statement != unsafe_one.key), "{notes:?}");
        assert!(notes.iter().any(|it| it.code == NoteCode::NotExecuted), "{notes:?}");
        assert_eq!(session.deeds().executed, 0);
        let always = Consent { mode: ConsentMode::Always, ..auto };
        let (plans, notes) = plan_drafts(&session, &drafts, &capture, &always, &Silent).await;
        let ran = plans.iter().find(|it| it.statement == sale.key && it.analyzed);
        let ran = ran.unwrap_or_else(|| panic!("{notes:?}"));
        assert!(ran.document.pointer("/0/Plan/Actual Rows").is_some(), "{}", ran.document);
        assert!(session.deeds().executed > 0 && session.deeds().blocks.0 > 0);
    });
}
