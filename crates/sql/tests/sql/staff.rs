//! Accounts, sessions and their entries in the change log.

use domain::{
    changes::{ChangeEntry, ChangeKind},
    ids::StaffId,
    ports::{AccountWrite, Session, SessionKey, StaffBook, Subject},
    staff::{Account, Actor},
};
use sql::SqlStaff;
use uuid::Uuid;

use crate::common::{TestDatabase, time};

fn account(n: u128, email: &str, role: &str) -> Account {
    let places = ["bella-napoli".to_owned(), "golden-wok".to_owned()];
    let id = StaffId(Uuid::from_u128(n));
    Account::from_input(id, email, &format!("Name {n}"), role, &places).unwrap()
}

fn entry(kind: ChangeKind, account: &Account) -> ChangeEntry {
    ChangeEntry::about_account(Uuid::now_v7(), &Actor::Token, kind, account, None, time(7))
}

fn session(n: u32, subject: Subject) -> Session {
    let (begun_at, seen_at) = (time(100), time(100));
    let (address, browser) = (Some("192.0.2.1".to_owned()), Some("Firefox, Linux".to_owned()));
    Session { key: SessionKey(format!("key-{n}")), subject, begun_at, seen_at, address, browser }
}

async fn accounts_are_added_changed_and_removed(test_db: TestDatabase) {
    let staff = SqlStaff::new(test_db.database.clone());
    let ada = account(1, "Ada@example.com", "owner");
    let added = async |account: &Account| {
        let entry = entry(ChangeKind::StaffAdded, account);
        staff.add(account.clone(), "hash 1".into(), entry).await.unwrap()
    };
    assert_eq!(added(&ada).await, AccountWrite::Done);
    assert_eq!(added(&account(2, "ada@EXAMPLE.com", "kitchen")).await, AccountWrite::EmailTaken);
    let bob = account(3, "bob@example.com", "operator");
    assert_eq!(added(&bob).await, AccountWrite::Done);
    assert_eq!(staff.accounts().await.unwrap(), [ada.clone(), bob.clone()]);
    let known = staff.credentials(&"ADA@example.com".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((known.id, known.password.as_str()), (ada.id, "hash 1"));
    assert_eq!(staff.credentials(&"eve@example.com".parse().unwrap()).await.unwrap(), None);

    let changed = async |account: &Account| {
        staff.change(account.clone(), entry(ChangeKind::StaffChanged, account)).await.unwrap()
    };
    assert_eq!(
        changed(&Account { email: bob.email.clone(), ..ada.clone() }).await,
        AccountWrite::EmailTaken
    );
    let moved = Account { restaurants: ["dear".parse().unwrap()].into(), ..ada.clone() };
    assert_eq!(changed(&moved).await, AccountWrite::Done);
    assert_eq!(changed(&account(9, "nobody@example.com", "owner")).await, AccountWrite::Unknown);
    assert_eq!(staff.accounts().await.unwrap(), [moved.clone(), bob.clone()]);

    let removed = async |account: &Account| {
        staff.remove(account.id, entry(ChangeKind::StaffRemoved, account)).await.unwrap()
    };
    assert_eq!(removed(&bob).await, AccountWrite::Done);
    assert_eq!(removed(&bob).await, AccountWrite::Unknown);
    assert_eq!(staff.accounts().await.unwrap(), [moved]);
    // A change that failed is not in the log.
    assert_eq!(test_db.count("SELECT COUNT(*) FROM change_log").await, 4);
    let removals = "SELECT COUNT(*) FROM change_log WHERE what = 'staff_removed'";
    assert_eq!(test_db.count(removals).await, 1);
}

async fn sessions_end_when_their_account_changes(test_db: TestDatabase) {
    let staff = SqlStaff::new(test_db.database.clone());
    let ada = account(1, "ada@example.com", "owner");
    staff.add(ada.clone(), "hash".into(), entry(ChangeKind::StaffAdded, &ada)).await.unwrap();
    let of_ada = Subject::Account(ada.id);
    for n in 1..=3 {
        staff.begin_session(session(n, of_ada.clone())).await.unwrap();
    }
    staff.begin_session(session(4, Subject::Token("mark".into()))).await.unwrap();
    let key = |n: u32| SessionKey(format!("key-{n}"));
    let found = staff.session(&key(1)).await.unwrap().unwrap();
    assert_eq!(found, (session(1, of_ada.clone()), Some(ada.clone())));
    let all = async |subject: &Subject| {
        let mut all = staff.sessions_of(subject).await.unwrap();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    };
    let expected: Vec<_> = (1..=3).map(|n| session(n, of_ada.clone())).collect();
    assert_eq!(all(&of_ada).await, expected);
    let token = |mark: &str| Subject::Token(mark.to_owned());
    assert_eq!(all(&token("mark")).await, [session(4, token("mark"))]);
    assert_eq!(all(&token("another")).await, []);
    let by_token = staff.session(&key(4)).await.unwrap().unwrap();
    assert_eq!(by_token, (session(4, Subject::Token("mark".into())), None));
    assert_eq!(staff.session(&key(5)).await.unwrap(), None);

    staff.end_session(&key(3)).await.unwrap();
    assert_eq!(staff.session(&key(3)).await.unwrap(), None);
    let (kept, noted) = (key(1), entry(ChangeKind::Password, &ada));
    let set = staff.set_password(ada.id, "new".into(), Some(&kept), noted).await.unwrap();
    assert_eq!(set, AccountWrite::Done);
    assert_eq!(staff.password(ada.id).await.unwrap().as_deref(), Some("new"));
    assert!(staff.session(&key(1)).await.unwrap().is_some(), "the one that was kept");
    assert_eq!(staff.session(&key(2)).await.unwrap(), None);
    staff.change(ada.clone(), entry(ChangeKind::StaffChanged, &ada)).await.unwrap();
    assert_eq!(staff.session(&key(1)).await.unwrap(), None);
    staff.begin_session(session(6, of_ada)).await.unwrap();
    staff.remove(ada.id, entry(ChangeKind::StaffRemoved, &ada)).await.unwrap();
    assert_eq!(staff.session(&key(6)).await.unwrap(), None);
    assert!(staff.session(&key(4)).await.unwrap().is_some(), "sessions of others do not end");
}

async fn expired_sessions_are_deleted(test_db: TestDatabase) {
    let staff = SqlStaff::new(test_db.database.clone());
    let key = |n: u32| SessionKey(format!("key-{n}"));
    for n in 1..=3 {
        staff.begin_session(session(n, Subject::Token("mark".into()))).await.unwrap();
    }
    staff.touch_session(&key(1), time(500)).await.unwrap();
    staff.touch_session(&key(1), time(400)).await.unwrap();
    staff.touch_session(&key(2), time(200)).await.unwrap();
    assert_eq!(staff.session(&key(1)).await.unwrap().unwrap().0.seen_at, time(500));
    staff.forget_sessions(time(100), time(300)).await.unwrap();
    assert!(staff.session(&key(1)).await.unwrap().is_some());
    assert_eq!(staff.session(&key(2)).await.unwrap(), None, "idle");
    staff.forget_sessions(time(101), time(0)).await.unwrap();
    assert_eq!(staff.session(&key(1)).await.unwrap(), None, "old");
}

on_both!(
    accounts_are_added_changed_and_removed,
    sessions_end_when_their_account_changes,
    expired_sessions_are_deleted,
);
