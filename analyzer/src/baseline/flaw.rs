//! What can be wrong with a baseline: a stable word for each kind of mistake.
//!
//! Must not do: find any. The reader finds what it refuses, `baseline lint` the rest.

use mlx5_schemas::model::report::LintSeverity;

/// The kinds, each with its word, how bad it is, what it means and what helps.
macro_rules! flaws {
    ($($name:ident $word:literal $severity:ident $means:literal $helps:literal;)*) => {
        /// A kind of mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Flaw {
            $(#[doc = $means] $name,)*
        }

        impl Flaw {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its stable word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// How bad it is.
            pub fn severity(self) -> LintSeverity {
                match self { $(Self::$name => LintSeverity::$severity,)* }
            }

            /// What it means.
            pub fn means(self) -> &'static str {
                match self { $(Self::$name => $means,)* }
            }

            /// What helps.
            pub fn helps(self) -> &'static str {
                match self { $(Self::$name => $helps,)* }
            }
        }
    };
}

flaws! {
    JsonSyntax "json-syntax" Error "The text is no JSON." "Mend the text at this place; comments are the one thing that is taken beyond JSON.";
    TrailingComma "trailing-comma" Error "A comma stands before a closing bracket." "Take the comma away.";
    OpenComment "open-comment" Error "A comment has no end." "End the comment with */.";
    NoBaseline "no-baseline" Error "The file does not say that it is a baseline." "Begin the file with \"schema\": \"mlx5-baseline\", \"schema_version\": 1.";
    UnknownVersion "unknown-version" Error "Its version is not known to this program." "Write schema_version 1, or use the program that the file was written for.";
    UnknownMember "unknown-member" Error "A member is not one of the form." "Correct the name; docs/baseline.md lists all members.";
    UnknownWord "unknown-word" Error "A word is not one of those that may stand there." "Write one of the words that the message lists.";
    WrongType "wrong-type" Error "A value is of the wrong type." "Write what the message expects.";
    MissingMember "missing-member" Error "A member is missing that must be there." "Add the member.";
    TwiceMember "twice-member" Error "A member is there twice in one object." "Keep one of the two.";
    EmptyText "empty-text" Error "A name, reason, path or pattern is empty." "Write one, or leave the member out.";
    NoRules "no-rules" Error "The baseline, with all that it includes, has no rules." "Add a rule, or \"default\": \"factory\".";
    IncludeUnreadable "include-unreadable" Error "An included file is not there or cannot be read." "Correct the path: it stands beside this file, unless it is absolute.";
    IncludeCycle "include-cycle" Error "Files include each other in a circle." "Take one of the includes away.";
    TooDeep "too-deep" Error "Includes or conditions are nested too deep, or too many files belong together." "Say the same with fewer levels.";
    SameName "same-name" Error "Two files that belong together have one name." "Give one of them another `name`.";
    OverrideUnknown "override-unknown" Error "An override is about a rule that no included file has." "Write the rule's name in full: its baseline's name, a slash, its id.";
    OverrideEmpty "override-empty" Error "An override changes nothing, or changes a rule that it turns off." "Say what is changed, or take the override away.";
    TwiceId "twice-id" Error "Two rules of a file have one id." "Give one of them another id.";
    InvalidId "invalid-id" Error "An id is not made of lower-case letters, digits and dashes, or is `default`." "Choose another id.";
    JudgesNothing "judges-nothing" Error "A rule names no facts or no views." "Name some, or take the rule away.";
    UnknownName "unknown-name" Error "A name comes near one that the catalog has, and is not it." "Correct the name; where it is meant so, write it as a path: nv/NAME.";
    UnknownPath "unknown-path" Error "A path begins as no fact's does." "Correct the path; `show BUNDLE` lists paths.";
    EmptyExpectation "empty-expectation" Error "An expectation, range or condition says nothing." "Say what is expected.";
    EmptyRange "empty-range" Error "A range ends before it begins." "Exchange its ends, or correct one.";
    BitsBothWays "bits-both-ways" Error "A bit is to be both set and clear." "Take it out of one of the two masks.";
    UnknownFamily "unknown-family" Error "No family is called so." "Write a family as `triage` prints it.";
    InvalidDevice "invalid-device" Error "A text is no PCI device id." "Write it as sysfs does: 0x101d.";
    InvalidVersion "invalid-version" Error "A text is no version." "Write numbers with dots between.";
    InvalidNumber "invalid-number" Error "A text is no number in hex." "Write it as 0x63c66.";
    InvalidExpression "invalid-expression" Error "A regular expression cannot be used." "Correct it; look-around and back-references are not known here.";
    WildcardInRelation "wildcard-in-relation" Error "What is compared with has a wildcard." "Name one fact.";
    ComparedWithItself "compared-with-itself" Error "Something is compared with itself." "Name another fact, or another view.";
    UnfitCondition "unfit-condition" Error "A rule about the host has a condition on a device." "Ask for `kernel`, `log` or facts under host/.";
    UnfitCount "unfit-count" Error "Something is counted that devices do not have each." "Count a value of the devices themselves.";
    UnknownValue "unknown-value" Error "No value of the parameter is called so." "Write a name that the catalog gives, or the number.";
    QuotedNumber "quoted-number" Error "A number stands in quotes." "Write it without quotes.";
    WrongKind "wrong-kind" Error "The rule expects a kind of value that the fact cannot have." "Expect text of text, bytes of bytes, numbers of numbers.";
    UnknownAdvisory "unknown-advisory" Error "No advisory is called so." "Correct the id; `known list` prints them, --known DIR adds your own.";
    UnlistedName "unlisted-name" Warning "The catalog has no such name, nor one near it." "Correct it, or give --catalog one that has it; on firmware without it the rule is unknown.";
    MatchesNothing "matches-nothing" Warning "A pattern takes nothing that the catalog has." "Correct the pattern; `catalog list PATTERN` shows what one takes.";
    UnknownHostFact "unknown-host-fact" Warning "No collector records such a fact of the host." "Correct the path; docs/baseline.md, Hosts, has examples.";
    UnknownTaint "unknown-taint" Warning "The kernel has no such taint letter." "Write one of P F S R M B U D A W C I O E L K X T N J.";
    SecretFact "secret-fact" Warning "What is named is a secret, which is never read." "Take it out: the rule can only be unknown.";
    VolatileFact "volatile-fact" Warning "What is named changes by itself." "Take it out: a clock or a counter has no envelope.";
    ReadOnlyFact "read-only-fact" Warning "The factory view of a capability is asked for, which has none." "Take it out: the rule can only be not-applicable.";
    ExceptsAll "excepts-all" Warning "`except` leaves nothing of a pattern." "Narrow `except`, or take the rule away.";
    IdleExcept "idle-except" Warning "An exception takes nothing that the rule names." "Take it away, or correct it.";
    NeverSelected "never-selected" Warning "No device can meet the selection." "Take out one of the members that exclude each other.";
    NoRegisters "no-registers" Warning "The rule is about registers, and the family is older than they are." "Name a family that mlx5_core drives.";
    UnlikePsid "unlike-psid" Warning "No PSID can be like this pattern." "Write it as `show` prints it: MT_0000000436, MT_*.";
    UnlikePartNumber "unlike-part-number" Warning "No part number can be like this pattern." "Write it without blanks: MCX623106*.";
    NeverMet "never-met" Warning "A condition can never be met." "Correct it: the rule never holds.";
    ValueTooWide "value-too-wide" Warning "A number is greater than the field can hold." "Correct the number.";
    NeverInside "never-inside" Warning "No value of the parameter can be inside." "Correct the expectation.";
    AlwaysInside "always-inside" Warning "Every value of the parameter is inside." "Correct the expectation, or write \"present\".";
    Contradiction "contradiction" Warning "Two rules or members demand what cannot be together." "Correct one of them, or narrow its selection.";
    Shadowed "shadowed" Warning "Another rule or override makes this one useless." "Take it away.";
    FactoryToo "factory-too" Warning "A rule allows values that another, which wants the factory's, puts outside." "Name the parameter in the other rule's `except`.";
    UnreachableAssurance "unreachable-assurance" Warning "The rule rests on what the kernel tells, which never carries what is demanded." "Write \"min_assurance\": \"reported\", or put such rules in a file of their own.";
    NoAddress "no-address" Warning "A reference's address is no http or https address." "Write the address in full, or leave `url` out.";
    Repeated "repeated" Warning "Something is listed twice." "Keep one of the two.";
    IdleOverride "idle-override" Warning "An override says what the rule says already." "Take it away.";
    Overlap "overlap" Advice "Two rules judge one parameter on the same devices in different ways." "Both must hold; see that this is meant.";
    Weakens "weakens" Advice "The file demands less than what it includes." "Nothing, if it is meant: reports follow this file.";
    BooleanAsNumber "boolean-as-number" Advice "A number stands for True or False." "Write \"True\" or \"False\", as reports do.";
    MissingWhy "missing-why" Advice "A rule does not say why it is there." "Add `why`: a finding prints it.";
    MissingRemedy "missing-remedy" Advice "A rule does not say what to do." "Add `remedy`: a finding prints it.";
    MissingOwner "missing-owner" Advice "Nobody answers for a rule." "Add `owner` to the file or the rule.";
    MissingReference "missing-reference" Advice "Nothing says where the demand is told." "Add `references` to the file or the rule.";
}

impl Flaw {
    /// The kind of what a reader of JSON says.
    pub(crate) fn of_form(message: &str) -> Self {
        let begins = |words: &str| message.starts_with(words);
        match message {
            _ if begins("a comma before") => Self::TrailingComma,
            _ if begins("this comment") => Self::OpenComment,
            _ if begins("not a baseline") => Self::NoBaseline,
            _ if begins("schema_version ") => Self::UnknownVersion,
            _ if begins("unknown field") => Self::UnknownMember,
            _ if begins("unknown variant") => Self::UnknownWord,
            _ if begins("missing field") => Self::MissingMember,
            _ if begins("duplicate field") => Self::TwiceMember,
            // These three are of the text itself; the others are of a value.
            _ if ["invalid escape", "invalid number", "invalid unicode"].into_iter().any(begins) => {
                Self::JsonSyntax
            }
            _ if begins("invalid ") || message.contains("is no mask") => Self::WrongType,
            _ => Self::JsonSyntax,
        }
    }
}
