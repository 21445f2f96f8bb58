package store

import (
	"strings"
	"testing"

	"glow/schema"
)

// upgradedAudit is a file of schema 2, brought up to date, with an entry about a
// person who was forgotten after that.
func upgradedAudit(t *testing.T) (path string) {
	t.Helper()
	path = oldFiles(t)["v2"]
	s := openAt(t, Options{Path: path})
	list, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionTokenCreate})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list.Data {
		if id, _ := e.Detail["profile_id"].(string); id != "" {
			mustForget(t, s, id)
			closeStore(t, s)
			return path
		}
	}
	t.Fatal("no entry names a person")
	return ""
}

// Entries from before schema 9 lose whom they were about, too, and keep who acted, of
// which the entry of the upgrade vouches from then on.
func TestOldEntriesKeepWhoActedAndTell(t *testing.T) {
	path := upgradedAudit(t)
	s := openAt(t, Options{Path: path})
	list, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionTokenCreate})
	if err != nil {
		t.Fatal(err)
	}
	blank := 0
	for _, e := range list.Data {
		if len(e.Detail) == 0 && e.TokenName != schema.NameForgotten {
			blank++
		}
	}
	if c := auditCheck(t, s); blank == 0 || !c.OK {
		t.Errorf("%d entries lost whom they were about, %+v", blank, c)
	}
	closeStore(t, s)
	const halfBlank = `(SELECT min(key) FROM audit WHERE sealed IS NOT NULL AND detail = '{}' AND what_salt IS NULL AND who_salt IS NOT NULL)`
	for name, test := range map[string]struct{ script, found string }{
		"who":                 {`UPDATE audit SET token_name = 'x' WHERE key = ` + halfBlank, "by whom, from where or on what it was"},
		"what vouches":        {`UPDATE audit SET detail = '{}', what_salt = NULL WHERE action = 'upgrade'`, "entries before"},
		"one more old":        {`UPDATE audit SET sealed = hash WHERE action = 'forget'`, "was not written by glow"},
		"seals of their own":  {`UPDATE audit SET who_sealed = who_salt WHERE key = ` + halfBlank, "by whom, from where or on what"},
		"a seal without salt": {`UPDATE audit SET salt = NULL WHERE key = (SELECT min(key) FROM audit WHERE salt IS NOT NULL)`, "its seal is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir() + "/glow.db"
			write(t, copied, read(t, path))
			runScript(t, copied, withoutTriggers+test.script)
			if c := auditCheck(t, openStore(t, Options{Path: copied})); c.OK || !strings.Contains(c.Detail, test.found) {
				t.Errorf("got %v, %q", c.OK, c.Detail)
			}
		})
	}
}

// Whoever seals a changed entry anew is found by the entry that vouches for all seals.
func TestSealsOfOldEntriesAreVouchedFor(t *testing.T) {
	path := upgradedAudit(t)
	runScript(t, path, withoutTriggers)
	s := openAt(t, Options{Path: path})
	err := s.write(ctx, func(t *tx) error {
		return t.auditRows(0, 1000, func(e *auditRow) error {
			if !e.isOld() || e.salt != nil || e.whoBlank() {
				return nil
			}
			e.tokenName = "somebody else"
			e.whoSalt = newSalt()
			e.whoSealed = e.sealWho()
			return t.changeAudit(e)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := auditCheck(t, s); c.OK || !strings.Contains(c.Detail, "entries before") {
		t.Errorf("got %v, %q", c.OK, c.Detail)
	}
	closeStore(t, s)
}

// An entry is found by what it names at any depth, and by nothing that only looks alike.
func TestWhatAnEntryNames(t *testing.T) {
	ids := map[string]map[string]bool{"profile_id": {"ann": true}, "profile": {"ann": true}, "session": {"s1": true}}
	for detail, want := range map[string]bool{
		`{"profile_id":"ann"}`:                            true,
		`{"request":{"profile_id":"ann"}}`:                true,
		`{"records":{"profile":["bob","ann"]}}`:           true,
		`{"records":{"session":["ann"]}}`:                 false,
		`{"records":{"session":["s1"]}}`:                  true,
		`{"name":"ann"}`:                                  false,
		`{"profile_id":"bob","by_kind":{"session":{}}}`:   false,
		`{"records":{"profile":{"count":2,"name":"ann"}}`: false,
	} {
		if got := mentionsAny(detail, ids); got != want {
			t.Errorf("%s: got %v", detail, got)
		}
	}
}
