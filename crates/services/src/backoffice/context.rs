//! The extractor that the handlers of one restaurant's pages share.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Extension,
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{
    ports::{ChangeBook, OrderSearch},
    staff::Actor,
};
use events::Publisher;
use ui::Reader;

use super::Backoffice;
use crate::catalog::Shop;
use web::{Problem, ReadBy, page::PageProblem};

/// The context of a request about one restaurant. The access layer has already admitted the actor.
pub(super) struct OfficeContext<P, C, O> {
    pub(super) office: Arc<Backoffice<P, C, O>>,
    /// The signed-in actor.
    pub(super) actor: Actor,
    /// Their language.
    pub(super) reader: Reader,
    /// The restaurant in the path.
    pub(super) shop: Shop,
}

impl<P, C, O> FromRequestParts<Arc<Backoffice<P, C, O>>> for OfficeContext<P, C, O>
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
        let actor = Extension::<Actor>::from_request_parts(parts, office).await;
        let Extension(actor) = actor.map_err(|_| Problem::not_staff())?;
        let Ok(ReadBy(reader)) = ReadBy::from_request_parts(parts, office).await;
        Ok(Self { office: office.clone(), actor, reader, shop: office.restaurant(&id)? })
    }
}
