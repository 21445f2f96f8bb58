package server

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// What appears in the inbox is taken or refused, and everybody who asks hears of it.
func TestTheInboxTakesFilesByItself(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "inbox")
	in := withPeople(t, Options{Inbox: dir})
	before := in.count(schema.KindProfile)
	drop := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	drop("people.csv", "Full Name,E-mail\nAna One,ana@x.edu\n")
	drop("profiles.csv", "id,name\nnew-ben,Ben\n")
	drop("shapes.csv", "colour,shape\nred,round\n")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); in.server.RunInbox(ctx) }()
	var state schema.InboxState
	for deadline := time.Now().Add(time.Minute); state.TakenSince+state.RefusedSince < 3 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		state = *in.server.inboxState()
	}
	stop()
	<-done
	if state.TakenSince != 2 || state.RefusedSince != 1 || in.count(schema.KindProfile) != before+2 {
		t.Fatalf("%+v; %d people", state, in.count(schema.KindProfile))
	}
	why, err := os.ReadFile(filepath.Join(dir, "refused", "shapes.csv.why.txt"))
	if err != nil || !strings.Contains(string(why), "cannot be told by its columns colour, shape") {
		t.Errorf("%v: %s", err, why)
	}
	entries := in.audit(`{}`)
	if n := len(entries.Data); n < 2 || entries.Data[0].TokenName != "inbox" || entries.Data[0].Action != schema.ActionImport {
		t.Errorf("the audit list has %+v", entries.Data)
	}
	metrics := in.ask("", "GET", "/metrics", "", "").body
	for _, want := range []string{`glow_inbox_files_total{outcome="taken"} 2`, `glow_inbox_files_total{outcome="refused"} 1`, "glow_inbox_waiting 0", "glow_inbox_refused 1"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	var health schema.DoctorResponse
	in.decode(in.post(schema.RoleAdmin, schema.Doctor.Path, ``), &health)
	if last := health.Checks[len(health.Checks)-1]; last.Name != "inbox" || !last.OK || !strings.Contains(last.Detail, "1 were refused") {
		t.Errorf("the doctor says %+v", last)
	}
	g := in.signedIn(schema.RoleAdmin)
	in.shows(g.open("/data"), 200, "Inbox", "people.csv", "taken in as profiles", "shapes.csv", "refused", "beside a text that says why")
	if viewer := in.signedIn(schema.RoleCoordinator); strings.Contains(viewer.open("/data").body, "shapes.csv") {
		t.Error("a coordinator sees the inbox")
	}
}

func TestAFileThatIsTooLargeForTheInboxIsRefused(t *testing.T) {
	in := newInstance(t, Options{Inbox: filepath.Join(t.TempDir(), "inbox"), Limits: Limits{Import: 100}})
	big := filepath.Join(t.TempDir(), "big.csv")
	if err := os.WriteFile(big, []byte("id,name\n"+strings.Repeat("a,b\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(big)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := in.server.takeFile(t.Context(), "big.csv", sectionOf(t, f)); schema.ErrorCode(err) != schema.CodeTooLarge {
		t.Errorf("got %v", err)
	}
}

func sectionOf(t *testing.T, f *os.File) *io.SectionReader {
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return io.NewSectionReader(f, 0, info.Size())
}
