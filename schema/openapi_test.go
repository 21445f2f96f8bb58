package schema

import (
	"encoding/json"
	"strings"
	"testing"
)

func openAPI(t *testing.T) map[string]any {
	t.Helper()
	text, err := OpenAPI("1.2", "")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at goes down a document by keys.
func at(t *testing.T, doc any, keys ...string) any {
	t.Helper()
	for _, k := range keys {
		m, ok := doc.(map[string]any)
		if !ok || m[k] == nil {
			t.Fatalf("no %s of %v", k, keys)
		}
		doc = m[k]
	}
	return doc
}

func TestEveryEndpointIsInTheDocument(t *testing.T) {
	doc := openAPI(t)
	for _, e := range Endpoints {
		op := at(t, doc, "paths", e.Path, strings.ToLower(e.Method))
		at(t, op, "responses", "200")
		if !e.Public() {
			at(t, op, "requestBody")
			at(t, op, "responses", "401")
		}
	}
	for _, r := range Refusals {
		at(t, doc, "components", "responses", string(r.Code))
	}
	for _, k := range Kinds {
		at(t, doc, "components", "schemas", "record_"+k.Name)
	}
}

func TestEveryReferenceInTheDocumentLeadsSomewhere(t *testing.T) {
	doc := openAPI(t)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				if ref, ok := e.(string); ok && k == "$ref" {
					at(t, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
				}
				walk(e)
			}
		}
	}
	walk(doc)
}

func TestRequestsAreClosedAndSayWhatTheyTake(t *testing.T) {
	schemas := at(t, openAPI(t), "components", "schemas")
	activity := at(t, schemas, "ActivityRequest")
	if at(t, activity, "additionalProperties"); activity.(map[string]any)["additionalProperties"] != false {
		t.Error("ActivityRequest takes unknown keys")
	}
	for path, want := range map[string]string{
		"ActivityRequest.interval":         `{"description":"Adds series: the counts a day, week (from Monday) or month.","enum":["day","week","month",null],"type":["string","null"]}`,
		"ActivityRequest.roles":            `{"description":"People of any of these roles, in any case.","items":{"type":"string"},"type":["array","null"]}`,
		"SessionsRequest.page_size":        `{"description":"Rows a page. Default 50.","maximum":200,"minimum":1,"type":["integer","null"]}`,
		"SessionsResponse.page":            `{"type":"integer"}`,
		"SessionListItem.session_ended_at": `{"format":"date-time","type":["string","null"]}`,
		"record_run.cost":                  `{"description":"US dollars","minimum":0,"type":["number","string","null"]}`,
		"record_login.kind":                `{"const":"login"}`,
	} {
		name, property, _ := strings.Cut(path, ".")
		got, err := json.Marshal(at(t, schemas, name, "properties", property))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestNoTwoRefusalsShareACodeOrAStatus(t *testing.T) {
	codes, statuses := map[Code]bool{}, map[int]bool{}
	for _, r := range Refusals {
		if codes[r.Code] || statuses[r.Status] {
			t.Errorf("%s %d is there twice", r.Code, r.Status)
		}
		codes[r.Code], statuses[r.Status] = true, true
		if r.Code.Refusal() != r {
			t.Errorf("%s is not found", r.Code)
		}
	}
	if Code("none").Refusal().Code != CodeInternal {
		t.Error("an unknown code is not internal")
	}
}
