// An oracle for planning: serves random schemas with HashiCorp's own framework and answers one JSON request a line.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/dynamicplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const typeName = "random_thing"

// question is a schema and one change; the values are MessagePack, as core sends them.
type question struct {
	Schema                  []attribute
	Config, Prior, Proposed []byte
	State                   json.RawMessage
}

type answers struct {
	Refused, Replaces          []string
	Planned, Applied, Upgraded []byte
	Failure                    string
}

func main() {
	for in := json.NewDecoder(os.Stdin); ; {
		var asked question
		if in.Decode(&asked) != nil {
			return
		}
		must(0, json.NewEncoder(os.Stdout).Encode(answer(context.Background(), asked)))
	}
}

func answer(ctx context.Context, asked question) (said answers) {
	defer func() {
		if failure := recover(); failure != nil {
			said.Failure = fmt.Sprint(failure)
		}
	}()
	server := providerserver.NewProtocol6(&random{attributes: asked.Schema})()
	dynamic := func(bytes []byte) *tfprotov6.DynamicValue { return &tfprotov6.DynamicValue{MsgPack: bytes} }
	config, prior := dynamic(asked.Config), dynamic(asked.Prior)
	fine(must(server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})).Diagnostics)
	if string(asked.State) != "null" {
		upgraded := must(server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
			TypeName: typeName, RawState: &tfprotov6.RawState{JSON: asked.State}}))
		fine(upgraded.Diagnostics)
		said.Upgraded = upgraded.UpgradedState.MsgPack
	}
	validated := must(server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: typeName, Config: config}))
	for _, one := range validated.Diagnostics {
		said.Refused = append(said.Refused, path(one.Attribute))
	}
	if len(said.Refused) > 0 {
		return
	}
	planned := must(server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, Config: config, PriorState: prior, ProposedNewState: dynamic(asked.Proposed)}))
	fine(planned.Diagnostics)
	said.Planned = planned.PlannedState.MsgPack
	for _, one := range planned.RequiresReplace {
		said.Replaces = append(said.Replaces, path(one))
	}
	applied := must(server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, Config: config, PriorState: prior, PlannedState: planned.PlannedState}))
	fine(applied.Diagnostics)
	said.Applied = applied.NewState.MsgPack
	return
}

func fine(diagnostics []*tfprotov6.Diagnostic) {
	for _, one := range diagnostics {
		panic(one.Summary + ": " + one.Detail)
	}
}

// path writes a path as practitioners do. No path of the protocol leads into a set: it ends there.
func path(path *tftypes.AttributePath) (written string) {
	for _, step := range path.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			written += "." + string(step)
		case tftypes.ElementKeyString:
			written += fmt.Sprintf("[%q]", string(step))
		case tftypes.ElementKeyInt:
			written += fmt.Sprintf("[%d]", int64(step))
		default:
			return strings.TrimPrefix(written, ".")
		}
	}
	return strings.TrimPrefix(written, ".")
}

// attribute describes one attribute, as tests/it/support/random/schema.rs writes it.
type attribute struct {
	Name, Nesting                                                     string
	Type, Default                                                     json.RawMessage
	Attributes                                                        []attribute
	Required, Optional, Computed, Sensitive, Replaces, Keeps, Checked bool
}

// random is the provider. What its embedded interface lacks is never called.
type random struct {
	provider.Provider
	attributes []attribute
}

func (p *random) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "random"
}
func (p *random) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (p *random) DataSources(context.Context) []func() datasource.DataSource               { return nil }
func (p *random) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &thing{attributes: p.attributes} }}
}

type thing struct {
	resource.Resource
	attributes []attribute
}

func (t *thing) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = typeName
}
func (t *thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: described(t.attributes)}
}
func (t *thing) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = filled(req.Plan.Raw)
}
func (t *thing) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = filled(req.Plan.Raw)
}

// filled puts a text, or null, wherever the plan is unknown, the same as tests/it/support/random/provider.rs.
func filled(plan tftypes.Value) tftypes.Value {
	return must(tftypes.Transform(plan, func(_ *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if value.IsKnown() {
			return value, nil
		} else if value.Type().Is(tftypes.String) {
			return tftypes.NewValue(tftypes.String, "made"), nil
		}
		return tftypes.NewValue(value.Type(), nil), nil
	}))
}

// value reads a default, which JSON writes.
func value(ctx context.Context, ty attr.Type, written json.RawMessage) attr.Value {
	return must(ty.ValueFromTerraform(ctx, must(tftypes.ValueFromJSON(written, ty.TerraformType(ctx)))))
}

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

func described(attributes []attribute) map[string]schema.Attribute {
	made := map[string]schema.Attribute{}
	for _, one := range attributes {
		made[one.Name] = one.described()
	}
	return made
}

func modifiers[M any](a attribute, keep, replace func() M) (made []M) {
	if a.Keeps {
		made = append(made, keep())
	}
	if a.Replaces {
		made = append(made, replace())
	}
	return
}

func flagged[A schema.Attribute](a attribute, made A) schema.Attribute {
	field := reflect.ValueOf(&made).Elem().FieldByName
	for name, flag := range map[string]bool{"Required": a.Required, "Optional": a.Optional, "Computed": a.Computed, "Sensitive": a.Sensitive} {
		field(name).SetBool(flag)
	}
	if string(a.Default) != "null" {
		field("Default").Set(reflect.ValueOf(fixed{value(context.Background(), made.GetType(), a.Default)}))
	}
	return made
}

func (a attribute) described() schema.Attribute {
	inner := schema.NestedAttributeObject{Attributes: described(a.Attributes)}
	lists := modifiers(a, listplanmodifier.UseStateForUnknown, listplanmodifier.RequiresReplace)
	sets := modifiers(a, setplanmodifier.UseStateForUnknown, setplanmodifier.RequiresReplace)
	maps := modifiers(a, mapplanmodifier.UseStateForUnknown, mapplanmodifier.RequiresReplace)
	switch a.Nesting {
	case "single":
		objects := modifiers(a, objectplanmodifier.UseStateForUnknown, objectplanmodifier.RequiresReplace)
		return flagged(a, schema.SingleNestedAttribute{Attributes: inner.Attributes, PlanModifiers: objects})
	case "list":
		return flagged(a, schema.ListNestedAttribute{NestedObject: inner, PlanModifiers: lists})
	case "set":
		return flagged(a, schema.SetNestedAttribute{NestedObject: inner, PlanModifiers: sets})
	case "map":
		return flagged(a, schema.MapNestedAttribute{NestedObject: inner, PlanModifiers: maps})
	}
	switch ty := typeOf(a.Type).(type) {
	case basetypes.StringType:
		made := schema.StringAttribute{PlanModifiers: modifiers(a, stringplanmodifier.UseStateForUnknown, stringplanmodifier.RequiresReplace)}
		if a.Checked {
			made.Validators = []validator.String{fixed{}}
		}
		return flagged(a, made)
	case basetypes.NumberType:
		return flagged(a, schema.NumberAttribute{PlanModifiers: modifiers(a, numberplanmodifier.UseStateForUnknown, numberplanmodifier.RequiresReplace)})
	case basetypes.BoolType:
		return flagged(a, schema.BoolAttribute{PlanModifiers: modifiers(a, boolplanmodifier.UseStateForUnknown, boolplanmodifier.RequiresReplace)})
	case basetypes.DynamicType:
		return flagged(a, schema.DynamicAttribute{PlanModifiers: modifiers(a, dynamicplanmodifier.UseStateForUnknown, dynamicplanmodifier.RequiresReplace)})
	case basetypes.ListType:
		return flagged(a, schema.ListAttribute{ElementType: ty.ElemType, PlanModifiers: lists})
	case basetypes.SetType:
		return flagged(a, schema.SetAttribute{ElementType: ty.ElemType, PlanModifiers: sets})
	default:
		return flagged(a, schema.MapAttribute{ElementType: ty.(basetypes.MapType).ElemType, PlanModifiers: maps})
	}
}

func typeOf(written json.RawMessage) attr.Type {
	var parts []json.RawMessage
	if json.Unmarshal(written, &parts) != nil {
		return map[string]attr.Type{`"string"`: types.StringType, `"number"`: types.NumberType, `"bool"`: types.BoolType, `"dynamic"`: types.DynamicType}[string(written)]
	}
	switch element := typeOf(parts[1]); string(parts[0]) {
	case `"list"`:
		return types.ListType{ElemType: element}
	case `"set"`:
		return types.SetType{ElemType: element}
	default:
		return types.MapType{ElemType: element}
	}
}

// fixed is a default of any type. As a validator it refuses one text.
type fixed struct{ attr.Value }

func (fixed) Description(context.Context) string         { return "" }
func (fixed) MarkdownDescription(context.Context) string { return "" }

func (f fixed) DefaultString(_ context.Context, _ defaults.StringRequest, to *defaults.StringResponse) {
	to.PlanValue = f.Value.(types.String)
}
func (f fixed) DefaultNumber(_ context.Context, _ defaults.NumberRequest, to *defaults.NumberResponse) {
	to.PlanValue = f.Value.(types.Number)
}
func (f fixed) DefaultBool(_ context.Context, _ defaults.BoolRequest, to *defaults.BoolResponse) {
	to.PlanValue = f.Value.(types.Bool)
}
func (f fixed) DefaultDynamic(_ context.Context, _ defaults.DynamicRequest, to *defaults.DynamicResponse) {
	to.PlanValue = f.Value.(types.Dynamic)
}
func (f fixed) DefaultList(_ context.Context, _ defaults.ListRequest, to *defaults.ListResponse) {
	to.PlanValue = f.Value.(types.List)
}
func (f fixed) DefaultSet(_ context.Context, _ defaults.SetRequest, to *defaults.SetResponse) {
	to.PlanValue = f.Value.(types.Set)
}
func (f fixed) DefaultMap(_ context.Context, _ defaults.MapRequest, to *defaults.MapResponse) {
	to.PlanValue = f.Value.(types.Map)
}
func (f fixed) DefaultObject(_ context.Context, _ defaults.ObjectRequest, to *defaults.ObjectResponse) {
	to.PlanValue = f.Value.(types.Object)
}
func (fixed) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.ValueString() == "refused" {
		resp.Diagnostics.AddAttributeError(req.Path, "refused", "")
	}
}
