package server

import (
	"encoding/json"
	"net/http"
	"testing"

	"glow/schema"
)

// Every visit ends with the token from which it came, that of a printed link too.
func TestAVisitEndsWithItsToken(t *testing.T) {
	in := newInstance(t, Options{})
	var link schema.DashboardResponse
	in.decode(in.want(200, in.post(schema.RoleAdmin, schema.Dashboard.Path, ``)), &link)
	for name, path := range map[string]string{"asked for": link.Path, "printed": "/sign-in?code=" + in.server.SignInCode()} {
		t.Run(name, func(t *testing.T) {
			g := in.guest()
			in.wantLead(g.open(path), "/")
			in.shows(g.open("/access"), 200, "first")
		})
	}
	g := in.guest()
	in.wantLead(g.open("/sign-in?code="+in.server.SignInCode()), "/")
	var tokens schema.TokensResponse
	in.decode(in.want(200, in.post(schema.RoleAdmin, schema.Tokens.Path, ``)), &tokens)
	if len(tokens.Data) != 3 {
		t.Fatalf("%d tokens are listed", len(tokens.Data))
	}
	var ids []string
	for _, k := range tokens.Data {
		ids = append(ids, k.TokenID)
	}
	for _, id := range append(ids[1:], ids[0]) { // the one that revokes last
		in.want(200, in.post(schema.RoleAdmin, schema.RevokeToken.Path, `{"token_id":"`+id+`"}`))
	}
	in.wantLead(g.open("/access"), "/sign-in?next=%2Faccess")
	in.wantLead(g.open("/"), "/sign-in?next=%2F")
}

// The token of a printed link ends by itself with the visit.
func TestTheTokenOfAPrintedLinkEnds(t *testing.T) {
	in := newInstance(t, Options{})
	in.wantLead(in.guest().open("/sign-in?code="+in.server.SignInCode()), "/")
	var tokens schema.TokensResponse
	in.decode(in.want(200, in.post(schema.RoleAdmin, schema.Tokens.Path, ``)), &tokens)
	made := tokens.Data[len(tokens.Data)-1]
	if made.Role != schema.RoleAdmin || made.ExpiresAt == nil || *made.ExpiresAt != schema.InstantOf(started.Add(sessionTime)) {
		t.Errorf("got %+v", made)
	}
}

// Names are given again, ids are not; and no token bears a name of the program's own.
func TestEntriesNameTheTokenByItsID(t *testing.T) {
	in := newInstance(t, Options{})
	var ids []string
	for range 2 {
		var made schema.TokenCreateResponse
		in.decode(in.want(200, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"tool","role":"admin"}`)), &made)
		in.tokens["tool"] = made.Secret
		in.want(200, in.post("tool", schema.Refresh.Path, ``))
		in.want(200, in.post("tool", schema.RevokeToken.Path, `{"name":"tool"}`))
		ids = append(ids, made.TokenID)
	}
	for i, id := range ids {
		var list schema.AuditResponse
		in.decode(in.post(schema.RoleAdmin, schema.Audit.Path, `{"action":"refresh","token_id":"`+id+`"}`), &list)
		if len(list.Data) != 1 || list.Data[0].TokenID != id || list.Data[0].TokenName != "tool" {
			t.Errorf("%d: got %+v", i, list.Data)
		}
	}
	for name, status := range map[string]int{
		"local": 422, "LOCAL": 422, " local": 422, "lócal": 422, "forgotten": 422, "glow": 422, "Glow Serve": 422, "glow-restore": 422,
		"printed link": 422, "printed link 7": 422, "localhost": 200, "glowworm": 200,
	} {
		body, _ := json.Marshal(schema.TokenCreateRequest{Name: name, Role: schema.RoleAdmin})
		if a := in.post(schema.RoleAdmin, schema.CreateToken.Path, string(body)); a.StatusCode != status {
			t.Errorf("%q: %d %s", name, a.StatusCode, a.body)
		}
	}
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Context.Path, ``))
}
