//! The currencies of ISO 4217 that the payment gateway charges, and its rules for each.
//!
//! Source: Stripe's list of presentment currencies, its minimum amounts and its special cases
//! (docs.stripe.com/currencies), without the codes that ISO 4217 has withdrawn (ANG, BGN, STD).

use super::MAX_ORDER_MINOR;

macro_rules! currencies {
    ($($code:ident $decimals:literal $sign:literal),* $(,)?) => {
        /// A currency of ISO 4217 that Comanda can charge.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(clippy::upper_case_acronyms, reason = "ISO 4217 codes are written so")]
        pub enum Currency {
            $(
                #[doc = concat!("`", stringify!($code), "`")]
                $code,
            )*
        }

        impl Currency {
            /// Every supported currency, by code. (`ALL` is the Albanian lek.)
            pub const LIST: &[Currency] = &[$(Currency::$code),*];

            /// The three-letter code.
            pub const fn code(self) -> &'static str {
                match self { $(Currency::$code => stringify!($code),)* }
            }

            /// The number of decimals of the minor unit (ISO 4217).
            pub const fn decimals(self) -> u32 {
                match self { $(Currency::$code => $decimals,)* }
            }

            /// The symbol before an amount.
            pub const fn sign(self) -> &'static str {
                match self { $(Currency::$code => $sign,)* }
            }
        }
    };
}

#[rustfmt::skip]
currencies! {
    AED 2 "AED ", AFN 2 "AFN ", ALL 2 "ALL ", AMD 2 "AMD ", AOA 2 "AOA ", ARS 2 "ARS ", AUD 2 "A$",
    AWG 2 "AWG ", AZN 2 "AZN ", BAM 2 "BAM ", BBD 2 "BBD ", BDT 2 "BDT ", BHD 3 "BHD ",
    BIF 0 "BIF ", BMD 2 "BMD ", BND 2 "BND ", BOB 2 "BOB ", BRL 2 "R$", BSD 2 "BSD ", BWP 2 "BWP ",
    BYN 2 "BYN ", BZD 2 "BZD ", CAD 2 "CA$", CDF 2 "CDF ", CHF 2 "CHF ", CLP 0 "CLP ", CNY 2 "CN¥",
    COP 2 "COP ", CRC 2 "CRC ", CVE 2 "CVE ", CZK 2 "CZK ", DJF 0 "DJF ", DKK 2 "DKK ",
    DOP 2 "DOP ", DZD 2 "DZD ", EGP 2 "EGP ", ETB 2 "ETB ", EUR 2 "€", FJD 2 "FJD ", FKP 2 "FKP ",
    GBP 2 "£", GEL 2 "₾", GIP 2 "GIP ", GMD 2 "GMD ", GNF 0 "GNF ", GTQ 2 "GTQ ", GYD 2 "GYD ",
    HKD 2 "HK$", HNL 2 "HNL ", HTG 2 "HTG ", HUF 2 "HUF ", IDR 2 "IDR ", ILS 2 "₪", INR 2 "₹",
    ISK 0 "ISK ", JMD 2 "JMD ", JOD 3 "JOD ", JPY 0 "¥", KES 2 "KES ", KGS 2 "KGS ", KHR 2 "KHR ",
    KMF 0 "KMF ", KRW 0 "₩", KWD 3 "KWD ", KYD 2 "KYD ", KZT 2 "₸", LAK 2 "LAK ", LBP 2 "LBP ",
    LKR 2 "LKR ", LRD 2 "LRD ", LSL 2 "LSL ", MAD 2 "MAD ", MDL 2 "MDL ", MGA 2 "MGA ",
    MKD 2 "MKD ", MMK 2 "MMK ", MNT 2 "MNT ", MOP 2 "MOP ", MUR 2 "MUR ", MVR 2 "MVR ",
    MWK 2 "MWK ", MXN 2 "MX$", MYR 2 "MYR ", MZN 2 "MZN ", NAD 2 "NAD ", NGN 2 "₦", NIO 2 "NIO ",
    NOK 2 "NOK ", NPR 2 "NPR ", NZD 2 "NZ$", OMR 3 "OMR ", PAB 2 "PAB ", PEN 2 "PEN ", PGK 2 "PGK ",
    PHP 2 "₱", PKR 2 "PKR ", PLN 2 "PLN ", PYG 0 "PYG ", QAR 2 "QAR ", RON 2 "RON ", RSD 2 "RSD ",
    RUB 2 "RUB ", RWF 0 "RWF ", SAR 2 "SAR ", SBD 2 "SBD ", SCR 2 "SCR ", SEK 2 "SEK ", SGD 2 "S$",
    SHP 2 "SHP ", SLE 2 "SLE ", SOS 2 "SOS ", SRD 2 "SRD ", SZL 2 "SZL ", THB 2 "฿", TJS 2 "TJS ",
    TND 3 "TND ", TOP 2 "TOP ", TRY 2 "₺", TTD 2 "TTD ", TWD 2 "NT$", TZS 2 "TZS ", UAH 2 "₴",
    UGX 0 "UGX ", USD 2 "$", UYU 2 "UYU ", UZS 2 "UZS ", VND 0 "₫", VUV 0 "VUV ", WST 2 "WST ",
    XAF 0 "FCFA ", XCD 2 "EC$", XCG 2 "XCG ", XOF 0 "F CFA ", XPF 0 "CFPF ", YER 2 "YER ",
    ZAR 2 "R ", ZMW 2 "ZMW ",
}

impl Currency {
    /// True if people write whole amounts without decimals, though the currency has minor units
    /// (Unicode CLDR: no digits, or none in cash).
    pub const fn is_shown_whole(self) -> bool {
        matches!(
            self,
            Self::AFN
                | Self::ALL
                | Self::AMD
                | Self::COP
                | Self::CRC
                | Self::HUF
                | Self::IDR
                | Self::LAK
                | Self::LBP
                | Self::MGA
                | Self::MMK
                | Self::MNT
                | Self::PKR
                | Self::RSD
                | Self::SOS
                | Self::TWD
                | Self::TZS
                | Self::UZS
                | Self::YER
        )
    }

    /// The smallest amount of which every charge is a multiple, in minor units. The gateway charges
    /// three-decimal currencies in tens, and the ariary in whole ones.
    pub const fn step_minor(self) -> i64 {
        match self {
            Self::MGA => 100,
            _ if self.decimals() == 3 => 10,
            _ => 1,
        }
    }

    /// The smallest charge, in minor units. Where Stripe publishes no minimum it is one step, and
    /// the gateway may still refuse less than about half a US dollar.
    pub const fn minimum_charge_minor(self) -> i64 {
        match self {
            Self::AUD
            | Self::BRL
            | Self::CAD
            | Self::CHF
            | Self::EUR
            | Self::INR
            | Self::JPY
            | Self::NZD
            | Self::SGD
            | Self::USD => 50,
            Self::GBP => 30,
            Self::AED | Self::MYR | Self::PLN | Self::RON => 200,
            Self::DKK => 250,
            Self::NOK | Self::SEK => 300,
            Self::HKD => 400,
            Self::MXN | Self::THB => 1_000,
            Self::CZK => 1_500,
            Self::HUF => 17_500,
            _ => self.step_minor(),
        }
    }

    /// The largest charge, in minor units. Stripe takes eight digits of its own units, in which the
    /// króna and the shilling have two more decimals.
    pub const fn maximum_charge_minor(self) -> i64 {
        match self {
            Self::ISK | Self::UGX => 999_999,
            Self::MGA => MAX_ORDER_MINOR,
            _ => 99_999_999 - 99_999_999 % self.step_minor(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_are_those_of_iso_4217() {
        let with = |decimals| {
            let all = Currency::LIST.iter().filter(|c| c.decimals() == decimals);
            all.map(|c| c.code()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(with(0), "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF");
        assert_eq!(with(3), "BHD JOD KWD OMR TND");
        assert!(Currency::LIST.iter().all(|c| [0, 2, 3].contains(&c.decimals())));
    }

    #[test]
    fn charges_begin_at_a_whole_number_of_steps() {
        for currency in Currency::LIST {
            let (least, step) = (currency.minimum_charge_minor(), currency.step_minor());
            assert!(least >= step && least % step == 0, "{currency}");
            let most = currency.maximum_charge_minor();
            assert!((least..=MAX_ORDER_MINOR).contains(&most) && most % step == 0, "{currency}");
        }
        assert_eq!(Currency::GBP.minimum_charge_minor(), 30);
        assert_eq!(Currency::KWD.step_minor(), 10);
    }
}
