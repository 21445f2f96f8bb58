package cli

import (
	"strings"

	"glow/schema"
)

// tokenCmds are the commands of `glow token`.
type tokenCmds struct {
	Create tokenCreateCmd                                   `cmd:"" help:"Make a token; its secret is shown this once."`
	List   endpointCmd[schema.Empty, schema.TokensResponse] `cmd:"" help:"List the tokens."`
	Revoke tokenRevokeCmd                                   `cmd:"" help:"End a token."`
}

type (
	tokenCreateCmd struct {
		endpointCmd[schema.TokenCreateRequest, schema.TokenCreateResponse]
		Label string `arg:"" optional:"" name:"name" help:"What the token is for, in the place of --name."`
	}
	tokenRevokeCmd struct {
		endpointCmd[schema.TokenRevokeRequest, schema.TokenRevokeResponse]
		Label string `arg:"" optional:"" name:"name" help:"The token's name, in the place of --name."`
	}
)

func newTokenCmds() tokenCmds {
	return tokenCmds{
		Create: tokenCreateCmd{endpointCmd: command(schema.CreateToken, showCreated, oneRow)},
		List:   command(schema.Tokens, showTokens, func(r schema.TokensResponse) any { return r.Data }),
		Revoke: tokenRevokeCmd{endpointCmd: command(schema.RevokeToken, showRevoked, oneRow)},
	}
}

func showCreated(p *page, _ schema.TokenCreateRequest, r schema.TokenCreateResponse) {
	p.line("Token %q (%s, %s), shown this once:", r.Name, r.Role, r.TokenID)
	p.gap()
	p.line("%s", r.Secret)
	if r.ExpiresAt != nil {
		p.gap()
		p.line("It ends at %s.", p.time(*r.ExpiresAt))
	}
}

func showTokens(p *page, _ schema.Empty, r schema.TokensResponse) {
	p.line("%s. Times in %s.", plural(int64(len(r.Data)), "token"), p.zone)
	rows := make([][]string, len(r.Data))
	for i, t := range r.Data {
		rows[i] = []string{t.TokenID, t.Name, t.Role, tokenScope(t),
			p.time(t.CreatedAt), p.timeOrNone(t.ExpiresAt), p.timeOrNone(t.LastUsedAt), p.timeOrNone(t.RevokedAt)}
	}
	p.grid("", columns("token@", "name~", "role", "scope~", "made", "ends", "last used", "revoked"), rows)
}

// tokenScope says what a token sees, and of a recorder's what it may change.
func tokenScope(t schema.Token) string {
	if len(t.MayChange) > 0 {
		return "may change " + strings.Join(t.MayChange, ", ")
	}
	return scopeText(t.DepartmentIDs, t.ProfileID)
}

func showRevoked(p *page, _ schema.TokenRevokeRequest, r schema.TokenRevokeResponse) {
	p.line("Token %s ended at %s.", r.TokenID, p.time(r.RevokedAt))
}
