//! Accounts of staff. Each change is one transaction with its entry in the change log and the end
//! of the sessions that it invalidates.

mod sessions;

use domain::{
    changes::ChangeEntry,
    ids::StaffId,
    ports::{
        AccountWrite, Credentials, Session, SessionKey, StaffBook, StaffFuture, Subject,
        Unavailable, box_future,
    },
    staff::Account,
    text::Email,
};
use jiff::Timestamp;

use super::{Arg, Database, Failure, Row, Transaction, changes, failure::retry_collisions, rows};

/// Accounts and sessions in the database.
#[derive(Clone, Debug)]
pub struct SqlStaff(Database);

impl SqlStaff {
    /// Accounts and sessions of `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }

    async fn write(
        &self,
        change: &Change,
        entry: &ChangeEntry,
    ) -> Result<AccountWrite, Unavailable> {
        retry_collisions(|| async {
            let mut tx = self.0.begin().await?;
            let written = change.write(&mut tx, entry.at).await?;
            if written == AccountWrite::Done {
                changes::insert_entries(tx.connection(), std::slice::from_ref(entry)).await?;
                tx.commit().await?;
            }
            Ok(written)
        })
        .await
    }
}

/// A change of an account.
enum Change {
    Add(Account, String),
    Alter(Account),
    Password { id: StaffId, password: String, keep: Option<SessionKey> },
    Remove(StaffId),
}

impl Change {
    async fn write(&self, tx: &mut Transaction, at: Timestamp) -> Result<AccountWrite, Failure> {
        match self {
            Self::Add(account, password) => add(tx, account, password, at).await,
            Self::Alter(account) => alter(tx, account).await,
            Self::Password { id, password, keep } => {
                let sql = "UPDATE staff SET password = $2 WHERE staff_id = $1 RETURNING staff_id";
                let id = id.to_string();
                let args = [Arg::Text(Some(&id)), Arg::Text(Some(password))];
                let found = tx.connection().run(sql, &args).await?;
                sessions::end_sessions_of(tx, &id, keep.as_ref()).await?;
                Ok(done_or(found.is_empty(), AccountWrite::Unknown))
            }
            Self::Remove(id) => {
                let sql = "DELETE FROM staff WHERE staff_id = $1 RETURNING staff_id";
                let id = id.to_string();
                let found = tx.connection().run(sql, &[Arg::Text(Some(&id))]).await?;
                sessions::end_sessions_of(tx, &id, None).await?;
                Ok(done_or(found.is_empty(), AccountWrite::Unknown))
            }
        }
    }
}

fn done_or(otherwise: bool, written: AccountWrite) -> AccountWrite {
    if otherwise { written } else { AccountWrite::Done }
}

async fn add(
    tx: &mut Transaction,
    account: &Account,
    password: &str,
    at: Timestamp,
) -> Result<AccountWrite, Failure> {
    let sql = "INSERT INTO staff
          (staff_id, email, email_key, name, role, restaurants, password, created_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (email_key) DO NOTHING RETURNING staff_id";
    let (id, key) = (account.id.to_string(), account.email.canonical());
    let restaurants = restaurants_text(account);
    let args = [
        Arg::Text(Some(&id)),
        Arg::Text(Some(account.email.as_str())),
        Arg::Text(Some(&key)),
        Arg::Text(Some(account.name.as_str())),
        Arg::Text(Some(account.role.name())),
        Arg::Text(Some(&restaurants)),
        Arg::Text(Some(password)),
        Arg::Number(rows::micros(at)),
    ];
    let made = tx.connection().run(sql, &args).await?;
    Ok(done_or(made.is_empty(), AccountWrite::EmailTaken))
}

async fn alter(tx: &mut Transaction, account: &Account) -> Result<AccountWrite, Failure> {
    let (id, key) = (account.id.to_string(), account.email.canonical());
    let taken = "SELECT staff_id FROM staff WHERE email_key = $1 AND staff_id <> $2";
    let args = [Arg::Text(Some(&key)), Arg::Text(Some(&id))];
    if !tx.connection().run(taken, &args).await?.is_empty() {
        return Ok(AccountWrite::EmailTaken);
    }
    let sql = "UPDATE staff SET email = $2, email_key = $3, name = $4, role = $5, restaurants = $6
        WHERE staff_id = $1 RETURNING staff_id";
    let restaurants = restaurants_text(account);
    let args = [
        Arg::Text(Some(&id)),
        Arg::Text(Some(account.email.as_str())),
        Arg::Text(Some(&key)),
        Arg::Text(Some(account.name.as_str())),
        Arg::Text(Some(account.role.name())),
        Arg::Text(Some(&restaurants)),
    ];
    let found = tx.connection().run(sql, &args).await?;
    sessions::end_sessions_of(tx, &id, None).await?;
    Ok(done_or(found.is_empty(), AccountWrite::Unknown))
}

/// The restaurants, separated by spaces, which ids do not contain.
fn restaurants_text(account: &Account) -> String {
    let restaurants: Vec<_> = account.restaurants.iter().map(ToString::to_string).collect();
    restaurants.join(" ")
}

/// The columns of an account.
const ACCOUNT: &str = "s.staff_id AS staff_id, s.email, s.name, s.role, s.restaurants";

fn account(row: &Row) -> Result<Account, Failure> {
    let restaurants: String = row.get("restaurants")?;
    Ok(Account {
        id: rows::column(row, "staff_id")?,
        email: rows::column(row, "email")?,
        name: rows::column(row, "name")?,
        role: rows::column(row, "role")?,
        restaurants: restaurants.split_whitespace().map(rows::parse).collect::<Result<_, _>>()?,
    })
}

impl StaffBook for SqlStaff {
    fn accounts(&self) -> StaffFuture<'_, Vec<Account>> {
        box_future(async {
            let sql = format!("SELECT {ACCOUNT} FROM staff s ORDER BY s.name, s.staff_id");
            let found = self.0.reader().await?.run(&sql, &[]).await?;
            Ok(found.iter().map(account).collect::<Result<_, _>>()?)
        })
    }

    fn credentials<'a>(&'a self, email: &'a Email) -> StaffFuture<'a, Option<Credentials>> {
        box_future(async move {
            let sql = "SELECT staff_id, role, password FROM staff WHERE email_key = $1";
            let key = email.canonical();
            let found = self.0.reader().await?.run(sql, &[Arg::Text(Some(&key))]).await?;
            let read = |row: &Row| {
                Ok::<_, Failure>(Credentials {
                    id: rows::column(row, "staff_id")?,
                    role: rows::column(row, "role")?,
                    password: row.get("password")?,
                })
            };
            Ok(found.first().map(read).transpose()?)
        })
    }

    fn password(&self, id: StaffId) -> StaffFuture<'_, Option<String>> {
        box_future(async move {
            let sql = "SELECT password FROM staff WHERE staff_id = $1";
            let id = id.to_string();
            let found = self.0.reader().await?.run(sql, &[Arg::Text(Some(&id))]).await?;
            Ok(found.first().map(|row| row.get("password")).transpose()?)
        })
    }

    fn add(
        &self,
        account: Account,
        password: String,
        entry: ChangeEntry,
    ) -> StaffFuture<'_, AccountWrite> {
        box_future(async move { self.write(&Change::Add(account, password), &entry).await })
    }

    fn change(&self, account: Account, entry: ChangeEntry) -> StaffFuture<'_, AccountWrite> {
        box_future(async move { self.write(&Change::Alter(account), &entry).await })
    }

    fn set_password<'a>(
        &'a self,
        id: StaffId,
        password: String,
        keep: Option<&'a SessionKey>,
        entry: ChangeEntry,
    ) -> StaffFuture<'a, AccountWrite> {
        let change = Change::Password { id, password, keep: keep.cloned() };
        box_future(async move { self.write(&change, &entry).await })
    }

    fn remove(&self, id: StaffId, entry: ChangeEntry) -> StaffFuture<'_, AccountWrite> {
        box_future(async move { self.write(&Change::Remove(id), &entry).await })
    }

    fn begin_session(&self, session: Session) -> StaffFuture<'_, ()> {
        box_future(async move { sessions::insert_session(&self.0, &session).await })
    }

    fn session<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> StaffFuture<'a, Option<(Session, Option<Account>)>> {
        box_future(async move { Ok(sessions::find_session(&self.0, key).await?) })
    }

    fn sessions_of<'a>(&'a self, subject: &'a Subject) -> StaffFuture<'a, Vec<Session>> {
        box_future(async move { Ok(sessions::sessions_of(&self.0, subject).await?) })
    }

    fn touch_session<'a>(&'a self, key: &'a SessionKey, at: Timestamp) -> StaffFuture<'a, ()> {
        box_future(async move { sessions::touch_session(&self.0, key, at).await })
    }

    fn end_session<'a>(&'a self, key: &'a SessionKey) -> StaffFuture<'a, ()> {
        box_future(async move { sessions::end_session(&self.0, key).await })
    }

    fn forget_sessions(
        &self,
        begun_before: Timestamp,
        seen_before: Timestamp,
    ) -> StaffFuture<'_, ()> {
        box_future(
            async move { sessions::delete_expired(&self.0, begun_before, seen_before).await },
        )
    }
}
