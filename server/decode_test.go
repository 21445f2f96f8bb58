package server

import (
	"net/http"
	"strings"
	"testing"

	"glow/schema"
)

func TestWhatIsNotUnderstoodIsRefusedByName(t *testing.T) {
	in := newInstance(t, Options{})
	for _, c := range []struct {
		name, path, body, field, message string
	}{
		{"misspelt key", "/system/activity", `{"departement_ids":["cs"]}`, "departement_ids", `did you mean "department_ids"`},
		{"key in another case", "/system/activity", `{"Date_From":"2025-01-01"}`, "Date_From", `did you mean "date_from"`},
		{"key without underscore", "/system/activity", `{"dateFrom":"2025-01-01"}`, "dateFrom", `did you mean "date_from"`},
		{"unknown key", "/system/session", `{"zzz":1}`, "zzz", "its keys are session_id"},
		{"key of a request without any", "/system/context", `{"a":1}`, "a", "has none"},
		{"duplicate key", "/system/activity", `{"term":"a","term":"b"}`, "term", "twice"},
		{"duplicate key by escape", "/system/activity", `{"term":"a","\u0074erm":"b"}`, "term", "twice"},
		{"string for array", "/system/activity", `{"department_ids":"cs"}`, "department_ids", "must be an array of strings, not a string"},
		{"number for string", "/system/activity", `{"term":1}`, "term", "must be a string, not a number"},
		{"string for number", "/system/sessions", `{"page":"1"}`, "page", "must be a whole number, not a string"},
		{"fraction for number", "/system/sessions", `{"page":1.5}`, "page", "must be a whole number"},
		{"number out of int", "/system/sessions", `{"page":99999999999999999999}`, "page", "out of range"},
		{"number out of range", "/system/sessions", `{"page_size":201}`, "page_size", "1 to 200"},
		{"zero page", "/system/sessions", `{"page":0}`, "page", "out of range"},
		{"string for bool", "/system/sessions", `{"active":"yes"}`, "active", "must be true or false, not a string"},
		{"element of wrong type", "/system/activity", `{"department_ids":["cs",7]}`, "department_ids[1]", "must be a string"},
		{"null element", "/system/activity", `{"roles":[null]}`, "roles[0]", "null"},
		{"empty text for an id", "/system/sessions", `{"profile_id":""}`, "profile_id", "is empty; leave it out"},
		{"empty text for a date", "/system/activity", `{"date_from":""}`, "date_from", "is empty"},
		{"empty text to search for", "/system/sessions", `{"search":""}`, "search", "is empty"},
		{"empty text for one of a few words", "/system/export", `{"kind":""}`, "kind", "is empty"},
		{"empty text in a list", "/system/problems", `{"roles":["ta",""]}`, "roles[1]", "is empty"},
		{"a role that nobody has", "/system/sessions", `{"roles":["tutor"]}`, "roles", "nobody has the role \"tutor\""},
		{"object for string", "/system/session", `{"session_id":{"a":1}}`, "session_id", "must be a string, not an object"},
		{"word not among those allowed", "/system/activity", `{"interval":"year"}`, "interval", "is not one of"},
		{"date that does not exist", "/system/activity", `{"date_from":"2025-02-30"}`, "date_from", "does not exist"},
		{"window the wrong way", "/system/activity", `{"date_from":"2025-02-02","date_to":"2025-02-01"}`, "date_to", "lies before"},
		{"missing id", "/system/session", ``, "session_id", "is missing"},
		{"null for required", "/system/resolve", `{"problem_id":null}`, "problem_id", "is missing"},
		{"escaped NUL", "/system/sessions", `{"search":"a\u0000b"}`, "search", "NUL"},
		{"raw NUL", "/system/sessions", "{\"search\":\"a\x00b\"}", "search", "NUL"},
		{"invalid UTF-8", "/system/sessions", "{\"search\":\"a\xffb\"}", "search", "UTF-8"},
		{"deep", "/system/activity", `{"roles":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, "roles[0][0]", "too deeply"},
		{"array", "/system/activity", `[]`, "", "must be a JSON object, not an array"},
		{"string", "/system/activity", `"{}"`, "", "must be a JSON object, not a string"},
		{"null", "/system/activity", `null`, "", "must be a JSON object, not null"},
		{"more after it", "/system/activity", `{} {}`, "", "more after"},
		{"garbage after it", "/system/activity", `{}x`, "", "more after"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, c.path, c.body))
			if len(e.Errors) != 1 || !strings.HasPrefix(e.Errors[0].Field, c.field) || (c.field == "") != (e.Errors[0].Field == "") || !strings.Contains(e.Errors[0].Message, c.message) {
				t.Errorf("errors are %+v, want %q: %q", e.Errors, c.field, c.message)
			}
		})
	}
}

func TestWhatIsNotJSONIsMalformed(t *testing.T) {
	in := newInstance(t, Options{})
	for _, body := range []string{`{`, `{"term":`, `{"term":"a`, `term=a`, `{'term':'a'}`, `{"term":"a",}`, `{"term":tru}`, "\xef\xbb\xbf{}", `[1,`, `{"a" 1}`, `}`} {
		in.refusal(http.StatusBadRequest, in.post(schema.RoleAdmin, "/system/activity", body))
	}
}

func TestNothingIsAnEmptyObject(t *testing.T) {
	in := newInstance(t, Options{})
	for _, body := range []string{``, `{}`, " \n{ } \n", "\n"} {
		in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/activity", body))
	}
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/activity", "", ""))
	in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/activity", `{"roles":[],"department_ids":[]}`)) // as generated clients send it
	in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/activity", `{"term":null,"roles":null,"department_ids":null,"page_limit":null,"compare":null}`))
}

func TestFiltersInTheQueryStringAreNotPassedOver(t *testing.T) {
	in := newInstance(t, Options{})
	for _, query := range []string{"?department_ids=cs", "?x", "?"} {
		in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, "/system/activity"+query, `{}`))
	}
}

func TestImportQueryIsAsStrict(t *testing.T) {
	in := newInstance(t, Options{})
	for query, field := range map[string]string{
		"?dryrun=true": "dryrun", "?dry_run=yes": "dry_run", "?dry_run=": "dry_run", "?dry_run": "dry_run",
		"?kind=login&kind=grant": "kind", "?kind=logins": "kind", "?from=canvas": "from", "?site=x": "site",
		"?from=moodle&kind=login": "kind", "?timezone=Mars": "timezone", "?timezone=Local": "timezone", "?file=a%00": "file",
		"?from=moodle&department=a%0ab": "department", "?from=moodle&date_order=ydm": "date_order", "?date_order=dmy": "date_order",
		"?from=moodle&year=x": "year", "?from=moodle&year=1969": "year", "?from=moodle&year=": "year", "?from=moodle&year=1&year=2": "year", "?year=2025": "year",
	} {
		e := in.refusal(http.StatusUnprocessableEntity, in.ask(schema.RoleAdmin, "POST", "/system/import"+query, schema.TypeCSV, ""))
		if len(e.Errors) != 1 || e.Errors[0].Field != field {
			t.Errorf("%s: errors are %+v", query, e.Errors)
		}
	}
	in.refusal(http.StatusUnprocessableEntity, in.ask(schema.RoleAdmin, "POST", "/system/import?a=%zz", schema.TypeCSV, ""))
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{}`, `{"term":"a"}`, `{"department_ids":["a"],"page_limit":1}`, `[`, "{\"a\":\"\xff\"}", `{"interval":"day","compare":true}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := decode[schema.ActivityRequest](text)
		if code := schema.ErrorCode(err); err != nil && code != schema.CodeInvalid && code != schema.CodeMalformed {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
