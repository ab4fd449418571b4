//! Every rule: its name, where it comes from, and what it says.
//!
//! "Terraform" and "OpenTofu" are their cores, "framework" is terraform-plugin-framework, "go-cty" the values of all of them.

/// Declares the rules, so that no list of them can be short of one.
macro_rules! rules {
    ($($rule:ident: $source:literal, $says:literal;)+) => {
        /// What a core or an SDK checks in an answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Rule { $(#[doc = $says] $rule,)+ }

        impl Rule {
            pub(crate) const ALL: &[Self] = &[$(Self::$rule,)+];

            /// Who has this rule, and where it is written down.
            pub(crate) fn source(self) -> &'static str {
                match self { $(Self::$rule => $source,)+ }
            }

            pub(crate) fn says(self) -> &'static str {
                match self { $(Self::$rule => $says,)+ }
            }
        }
    };
}

rules! {
    // The wire.
    StatusForUsers: "Terraform: grpcErr in plugin6", "what a user can do something about is a diagnostic, never a status";
    ValueMissing: "Terraform: decodeDynamicValue in plugin6 takes it for null", "an answer without error has every value";
    ValueAsJson: "framework: tfprotov6 answers MessagePack", "a value is MessagePack, and nothing else beside it";
    ValueUnreadable: "go-cty: msgpack.Unmarshal", "a value is one MessagePack value";
    ValueTrailing: "go-cty: msgpack.Marshal writes one value", "nothing follows a value";
    ValueOfOtherType: "go-cty: msgpack.Unmarshal", "a value has the type of the schema";
    ObjectKeys: "go-cty: msgpack unmarshalObject", "an object has exactly the attributes and blocks of the schema, each once";
    UnknownForm: "go-cty: msgpack unknown values", "an unknown value is extension 0, or 12 with readable refinements";
    NumberForm: "go-cty: msgpack unmarshalPrimitive, cty.NumberFloatVal panics on NaN", "a number is finite or infinite, and as text decimal";
    TextForm: "go-cty: cty.NormalizeString", "text is UTF-8 in normalization form C";
    SetElementTwice: "go-cty: cty.SetVal", "a set has no element twice";
    DynamicForm: "go-cty: msgpack unmarshalDynamic", "a dynamic value is its type and itself, or null, or unknown";

    // The schema.
    SchemaMissing: "Terraform: GetProviderSchema in plugin6 dereferences it", "every schema, block, nested block and function has its inner message";
    SchemaChanged: "Terraform: schemaCache", "a schema stays what it is";
    MetadataOfOtherTypes: "terraform-plugin-mux: GetMetadata", "the metadata name what the schemas name";
    SchemaName: "Terraform: Block.InternalValidate", "names are lower-case letters, digits and underscores, and unique in their block";
    SchemaReservedName: "Terraform: configs, reserved meta-arguments", "no attribute or block has a name that the language keeps";
    SchemaVersion: "Terraform: Provider schema InternalValidate", "versions are not negative";
    AttributeMode: "Terraform: Attribute.internalValidate", "an attribute is required, optional, computed, or optional and computed";
    AttributeType: "Terraform: Attribute.internalValidate, convert.ProtoToConfigSchema", "an attribute has a type that can be read or a nested type, not both";
    Nesting: "Terraform: Block.InternalValidate", "nested blocks and types have a nesting";
    BlockLimits: "Terraform: Block.InternalValidate", "limits of nested blocks fit their nesting";
    DynamicInSet: "Terraform: Block.InternalValidate", "nothing in a set of objects or blocks is dynamic";
    WriteOnlySchema: "Terraform: Attribute.internalValidate", "write-only attributes are not computed, and not inside sets";
    DeprecationMessage: "Terraform: Attribute.internalValidate", "only what is deprecated has a message about it";
    FunctionSchema: "Terraform: function declarations in plugin6", "functions and parameters have valid, unique names and types";
    IdentitySchemaMode: "Terraform: IdentitySchema InternalValidate", "an identity attribute is either required or optional for import";
    IdentitySchemaType: "Terraform: IdentitySchema InternalValidate", "an identity attribute is no map, set, object or dynamic value";
    IdentitySchemaOfNothing: "Terraform: GetProviderSchema joins them by type", "identity schemas belong to resources";
    ListWithoutIdentity: "Terraform: ListResource in plugin6", "what can be listed has an identity schema";

    // Diagnostics.
    Severity: "Terraform: ProtoToDiagnostics, 0 is no error", "a diagnostic is an error or a warning";
    Summary: "Terraform: format.DiagnosticPlain", "a summary is one line with something in it";
    TerminalEscape: "Terraform: format.DiagnosticPlain passes them on", "no control characters in what people read";
    PathEmpty: "Terraform: attributePathToCty", "a path has steps, or is not there";
    PathOfNothing: "Terraform: diagnostics contextual sources", "a path exists in the schema, and stops at sets";
    StopError: "Terraform: Stop in plugin6", "stopping works";

    // Validation, configuration, deferral.
    WriteOnlyUnsupported: "framework: validateWriteOnlyAttributes", "an old host's value for a write-only attribute is an error";
    DeferredUnasked: "Terraform: deferring.go, OpenTofu: shared handling", "only a host that allows it gets a deferral";
    DeferredReason: "Terraform: deferredReasonToCty", "a deferral has a reason";
    LegacyTypeSystem: "framework: never sets it", "no provider asks for the leniency of the old SDK";

    // Objects in every answer.
    UnknownOutsidePlan: "Terraform: AssertObject wholly known in refresh, apply, import, upgrade, data", "values are unknown in plans alone";
    WriteOnlyStored: "Terraform: ephemeral.ValidateWriteOnlyAttributes", "no plan and no state has a write-only value";
    BlockNull: "Terraform: objchange.AssertPlanValid", "blocks are empty, never null; only a single one may be";
    NothingFound: "Terraform: upgradeResourceState, readDataSource, importState", "what is upgraded, imported, moved, opened or looked up is there";

    // Plans.
    PlanForAbsence: "Terraform: objchange.AssertPlanValid", "what the configuration wants is planned, and nothing else";
    PlanOfConfigured: "Terraform: objchange.AssertPlanValid", "a configured value is planned, or the prior one";
    PlanOfUnset: "Terraform: objchange.AssertPlanValid", "only computed attributes are planned without being configured";
    PlanBlockCount: "Terraform: objchange.AssertPlanValid", "as many blocks and nested objects are planned as configured";
    PlanBlockUnknown: "Terraform: objchange.AssertPlanValid", "attributes in blocks are unknown, not the blocks";
    ReplacePath: "Terraform: plan in node_resource_abstract_instance.go", "a path to replace for exists in one of the two objects";
    ReplaceInSet: "Terraform: requires_replace paths do not enter sets", "a path to replace for stops at the set";
    PlanAgain: "Terraform: checkPlannedChange, Provider produced inconsistent final plan", "the second plan is the first with more known";
    PlanActionAgain: "Terraform: checkPlannedChange", "the action of the second plan is that of the first, or less";

    // Applied and stored objects.
    StateVanished: "Terraform: objchange.AssertObjectCompatible, Root object was present, but now absent", "a success has the object that was planned";
    StateAfterDelete: "Terraform: apply, Provider returned invalid result object", "a delete leaves nothing";
    AppliedValue: "Terraform: objchange.AssertObjectCompatible", "what was planned is what was applied";
    AppliedType: "Terraform: objchange.AssertObjectCompatible, wrong final value type", "a dynamic value keeps the type that was planned";
    AppliedElements: "Terraform: objchange.AssertObjectCompatible", "no element or block appears or vanishes";
    AppliedRefinement: "Terraform: objchange.AssertObjectCompatible", "what becomes known is within its refinements";
    ForgottenByError: "Terraform: apply and refresh keep the prior object; a host may not", "a failed update, delete or read has the object";
    PrivateLost: "Terraform: refresh and apply store private as returned", "failed and unchanged operations keep private data";

    // Identities.
    IdentityOfNothing: "Terraform: unknown identity type in plugin6", "a type without identity schema has no identities";
    IdentityUnknown: "Terraform 1.12 and OpenTofu 1.12 write planned ones as JSON", "an identity is wholly known, in plans too";
    IdentityIncomplete: "Terraform: import by identity needs them", "an identity has what an import requires";
    IdentityMissing: "framework: Missing Resource Identity After Create, Read, Import", "an object that was created, read, imported or listed has an identity";
    IdentityChanged: "framework: Unexpected Identity Change", "an identity stays the same for the life of the object";
    IdentityLost: "Terraform: stores what fails returns", "failed operations keep the identity";

    // Import, generated configuration.
    ImportCount: "Terraform: importState, Import returned no resources", "an import is one resource";
    ImportType: "Terraform: importState, didn't set type", "an imported resource has its type";
    UpgradeOfValue: "framework: UpgradeResourceState of the same version", "an upgrade to the same version keeps every value";
    GeneratedRequired: "Terraform: genconfig, Block decoder", "generated configuration has what is required";
    GeneratedReadOnly: "Terraform: genconfig", "generated configuration has no computed-only, deprecated or write-only attribute";

    // Data sources, ephemeral resources.
    ConfiguredValueChanged: "Terraform: openEphemeralResource and readDataSource, AssertPlanValid", "what was configured comes back unchanged";
    OpenUnknown: "Terraform: openEphemeralResource takes unknown computed values; OpenTofu refuses them", "opening knows everything, unless the provider's configuration is unknown";

    // Lists, actions, functions.
    EventWithoutIdentity: "Terraform: missing identity data in ListResource event", "an event has an identity, or diagnostics alone";
    EventObject: "Terraform: ListResource in plugin6", "an event has the object if it was asked for";
    EventsBeyondLimit: "Terraform: ListResource in plugin6", "no more events than the limit";
    EventAfterError: "Terraform: ListResource ends the query", "an error is the last event";
    ActionEvent: "Terraform: InvokeAction crashes on an empty event", "an event of an action is progress or the end";
    ActionEnd: "Terraform: InvokeAction takes a stream without end for a success", "an action ends once, at the end";
    FunctionAnswer: "Terraform: CallFunction in plugin6", "a function has a result or an error, about one of its parameters";
}
