//! What every page of one restaurant begins with.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Extension,
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{
    ports::{ChangeBook, OrderSearch},
    staff::Who,
};
use events::Publisher;
use ui::Reader;

use super::Backoffice;
use crate::catalog::Shop;
use web::{Problem, ReadBy, page::PageProblem};

/// Whoever sits in the office of a restaurant: the gate has let them pass already.
pub(super) struct Desk<P, C, O> {
    pub(super) office: Arc<Backoffice<P, C, O>>,
    /// Who it is.
    pub(super) who: Who,
    /// In which language they read.
    pub(super) reader: Reader,
    /// The restaurant that the path names.
    pub(super) shop: Shop,
}

impl<P, C, O> FromRequestParts<Arc<Backoffice<P, C, O>>> for Desk<P, C, O>
where
    P: Publisher,
    C: ChangeBook,
    O: OrderSearch,
{
    type Rejection = PageProblem;

    async fn from_request_parts(
        parts: &mut Parts,
        office: &Arc<Backoffice<P, C, O>>,
    ) -> Result<Self, PageProblem> {
        let unknown = || Problem::not_found("restaurant");
        let fields = Path::<HashMap<String, String>>::from_request_parts(parts, office).await;
        let id =
            fields.ok().and_then(|Path(mut fields)| fields.remove("id")).ok_or_else(unknown)?;
        let who = Extension::<Who>::from_request_parts(parts, office).await;
        let Extension(who) = who.map_err(|_| Problem::not_staff())?;
        let Ok(ReadBy(reader)) = ReadBy::from_request_parts(parts, office).await;
        Ok(Self { office: office.clone(), who, reader, shop: office.restaurant(&id)? })
    }
}
