package server

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"glow/schema"
	"glow/store"
)

// holdWriter begins an import that has the turn at writing until release is called.
func (in *instance) holdWriter() (release func()) {
	held, over, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := in.store.Put(context.Background(), func(func(*schema.Record, error) bool) {}, store.PutOptions{
			Detail: func(schema.ImportResponse) map[string]any {
				close(held)
				<-over
				return nil
			},
		})
		done <- err
	}()
	<-held
	release = sync.OnceFunc(func() {
		close(over)
		if err := <-done; err != nil {
			in.t.Error(err)
		}
	})
	in.t.Cleanup(release)
	return release
}

func TestWhatWaitsTooLongForTheWriterIsToldToComeAgain(t *testing.T) {
	in := newInstanceOn(t, store.Options{WriteWait: 100 * time.Millisecond}, Options{})
	release := in.holdWriter()
	a := in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeJSON, `{"kind":"department","id":"late","name":"L"}`)
	e := in.refusal(http.StatusServiceUnavailable, a)
	if a.Header.Get("Retry-After") == "" || e.Detail != "a large import or refresh is being written; nothing was changed; try again in a few seconds" {
		t.Errorf("%v %+v", a.Header, e)
	}
	in.refusal(http.StatusServiceUnavailable, in.post(schema.RoleAdmin, schema.Backup.Path, ``)) // no byte leaves unseen
	in.want(http.StatusOK, in.ask("", "GET", schema.Ready.Path, "", ""))
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Context.Path, ``))
	release()
	if a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"department"}`)); a.body != "id,name\n" {
		t.Errorf("it was applied later: %s", a.body)
	}
}

func TestSigningInWaitsForNoImport(t *testing.T) {
	in := newInstance(t, Options{})
	release := in.holdWriter()
	in.signedIn(schema.RoleAdmin) // and opens the first page
	in.want(http.StatusUnauthorized, in.guest().send(pathSignIn, "token", "nobody's"))
	release()
	if err := in.store.AuditEnd(t.Context(), schema.Caller{}, schema.ActionRefresh, nil); err != nil { // a write behind them
		t.Fatal(err)
	}
	for _, action := range []string{schema.ActionSignIn, schema.ActionSignInFailed} {
		if list := in.audit(`{"action":"` + action + `"}`); len(list.Data) != 1 {
			t.Errorf("%s: the list says %+v", action, list.Data)
		}
	}
}

func TestAnEndedViewHoldsUpNoPageDuringAnImport(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	in.wantLead(g.send("/view-as", "profile_id", "ann"), "/")
	release := in.holdWriter()
	in.clock.turnOn(viewTime)
	in.want(http.StatusOK, g.open("/access"))
	in.signedIn(schema.RoleAdmin)
	release()
}
