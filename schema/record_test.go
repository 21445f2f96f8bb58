package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The contract's table of kinds, spelt out.
var contractKinds = []struct{ kind, file, fields string }{
	{"department", "departments.csv", "id* name*"},
	{"term", "terms.csv", "id* name* starts_on*:date ends_on*:date"},
	{"profile", "profiles.csv", "id* name* email role=ta department_ids:ids→department active:bool=true"},
	{"session", "sessions.csv", "id* profile_id*→profile created_at* updated_at ended_at"},
	{"login", "logins.csv", "id profile_id*→profile session_id→session created_at*"},
	{"grant", "grants.csv", "id session_id*→session expires_at created_at*"},
	{"emulation", "emulations.csv", "id profile_id*→profile grant_id→grant session_id→session created_at*"},
	{"activity", "activity.csv", "id profile_id*→profile session_id→session created_at*"},
	{"problem", "problems.csv", "id profile_id→profile session_id→session type*≤64 message*≤1000 resolved:bool=false created_at* updated_at"},
	{"group", "groups.csv", "id* session_id*→session name created_at*"},
	{"run", "runs.csv", "id group_id*→group model input_tokens:int output_tokens:int cached_input_tokens:int cost:decimal created_at*"},
	{"attempt", "attempts.csv", "id* session_id*→session name created_at* completed_at"},
	{"chat", "chats.csv", "id* session_id*→session attempt_id→attempt name created_at*"},
	{"message", "messages.csv", "id chat_id*→chat role created_at*"},
	{"mapping", "mappings.csv", "id* definition*≤50000"}, // beyond the contract
}

var contractField = regexp.MustCompile(`^([a-z_]+)(\*?)(?::([a-z]+))?(?:→([a-z]+))?(?:≤(\d+))?(?:=([a-z]+))?$`)

func TestKindsAreThoseOfTheContract(t *testing.T) {
	var names []string
	for i, want := range contractKinds {
		names = append(names, want.kind)
		k := Kinds[i]
		if k.Name != want.kind || k.File != want.file {
			t.Errorf("kind %d: got %s in %s, want %s in %s", i, k.Name, k.File, want.kind, want.file)
			continue
		}
		fields := strings.Fields(want.fields)
		if len(k.Fields) != len(fields) {
			t.Errorf("%s: got the fields %v, want %v", k.Name, k.Header(), fields)
			continue
		}
		for j, text := range fields {
			checkField(t, k, &k.Fields[j], contractField.FindStringSubmatch(text))
		}
	}
	if !slices.Equal(KindNames(), names) {
		t.Errorf("got the kinds %v, want %v", KindNames(), names)
	}
}

func checkField(t *testing.T, k *Kind, f *Field, want []string) {
	t.Helper()
	kind := want[3]
	switch {
	case kind != "":
	case strings.HasSuffix(f.Name, "_at"):
		kind = "time"
	case f.Name == "id" || want[4] != "":
		kind = "id"
	default:
		kind = "text"
	}
	if f.Name != want[1] || f.Required != (want[2] == "*") || f.Type.String() != kind || f.Ref != want[4] || f.Default != want[6] {
		t.Errorf("%s.%s: got %+v, want %v", k.Name, f.Name, *f, want)
	}
	if want[5] != "" && fmt.Sprint(f.Max) != want[5] {
		t.Errorf("%s.%s: at most %d characters, want %s", k.Name, f.Name, f.Max, want[5])
	}
	if f.Type == Text && f.Max == 0 {
		t.Errorf("%s.%s: a text without a limit", k.Name, f.Name)
	}
}

func TestKindStandsAfterThoseItRefersTo(t *testing.T) {
	before := map[string]bool{}
	for _, k := range Kinds {
		for _, f := range k.Fields {
			if f.Ref != "" && !before[f.Ref] {
				t.Errorf("%s.%s refers to %s, which stands later", k.Name, f.Name, f.Ref)
			}
		}
		before[k.Name] = true
	}
}

func TestMessagesHaveNoText(t *testing.T) {
	if got := strings.Join(KindNamed(KindMessage).Header(), " "); got != "id chat_id role created_at" {
		t.Errorf("a message has the fields %s", got)
	}
}

func TestRecordWithoutARequiredFieldIsAFaultThatNamesIt(t *testing.T) {
	for _, k := range Kinds {
		for i, f := range k.Fields {
			r := sample(k)
			r.File, r.Line = "x.csv", 9
			r.Values[i] = Value{}
			err := r.Finish()
			if !f.Required {
				if err != nil {
					t.Errorf("%s without %s: %v", k.Name, f.Name, err)
				}
				continue
			}
			fault, ok := err.(Fault)
			if !ok || fault.Field != f.Name || fault.File != "x.csv" || fault.Line != 9 {
				t.Errorf("%s without %s: got %v", k.Name, f.Name, err)
			}
		}
	}
}

// sample is a record with every field set.
func sample(k *Kind) Record {
	r := k.NewRecord()
	texts := map[Type]string{Text: "x", ID: "x", IDs: "x|y", Time: "2025-03-14T15:09:26Z", Date: "2025-03-14", Bool: "true", Int: "7", Cost: "0.5"}
	for _, f := range k.Fields {
		if f.Check != nil {
			r.Put(f.Name, `{"columns":["a"],"records":[{"kind":"profile","fields":{"id":"a"}}]}`)
			continue
		}
		r.Put(f.Name, texts[f.Type])
	}
	return r
}

func TestDefaultsStandForWhatIsLeftOut(t *testing.T) {
	p := KindNamed(KindProfile).NewRecord()
	p.Put("id", "p1")
	p.Put("name", "Ann")
	if err := p.Finish(); err != nil {
		t.Fatal(err)
	}
	if role := p.Get("role"); !role.Set || role.Text != "ta" {
		t.Errorf("role: got %v", role)
	}
	if active := p.Get("active"); !active.Set || active.Int != 1 {
		t.Errorf("active: got %v", active)
	}
	r := sample(KindNamed(KindProblem))
	r.Put("resolved", "")
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	if resolved := r.Get("resolved"); !resolved.Set || resolved.Int != 0 {
		t.Errorf("resolved: got %v", resolved)
	}
}

func TestTermMustNotEndBeforeItStarts(t *testing.T) {
	r := sample(KindNamed(KindTerm))
	r.Put("ends_on", "2025-03-13")
	if err := r.Finish(); err == nil || err.(Fault).Field != "ends_on" {
		t.Errorf("got %v", err)
	}
	r.Put("ends_on", "2025-03-14")
	if err := r.Finish(); err != nil {
		t.Errorf("a term of one day: %v", err)
	}
}

func TestResetLeavesNothingOfTheRecordBefore(t *testing.T) {
	r := sample(KindNamed(KindRun))
	for _, k := range Kinds {
		r.Reset(k)
		if len(r.Values) != len(k.Fields) || r.Kind != k {
			t.Errorf("%s: %d values", k.Name, len(r.Values))
		}
		for i, v := range r.Values {
			if v.Set || v.Int != 0 || v.Text != "" || v.List != nil {
				t.Errorf("%s: value %d is %v", k.Name, i, v)
			}
		}
		r = sample(k)
	}
}

func TestLookingUpKindsAndFields(t *testing.T) {
	if KindNamed("nothing") != nil || KindNamed(KindRun).Field("nothing") != -1 {
		t.Error("something was found by the name nothing")
	}
	r := sample(KindNamed(KindLogin))
	if v := r.Get("cost"); v.Set {
		t.Errorf("a login has the cost %v", v)
	}
	for _, k := range Kinds {
		timed := k.Name != KindDepartment && k.Name != KindTerm && k.Name != KindProfile && k.Name != KindMapping
		if k.Timed() != timed {
			t.Errorf("%s: timed is %v", k.Name, k.Timed())
		}
		if KindNamed(k.Name) != k {
			t.Errorf("%s is not found by its name", k.Name)
		}
	}
}

func TestTimesWithoutOffsetInRecordsAreInTheZone(t *testing.T) {
	f := KindNamed(KindLogin).Fields[3]
	v, err := f.Parse("2025-03-14T15:09:26", time.FixedZone("", 7*3600))
	if err != nil || Instant(v.Int).String() != "2025-03-14T08:09:26Z" {
		t.Errorf("got %v, %v", Instant(v.Int), err)
	}
}
