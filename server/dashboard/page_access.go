package dashboard

import (
	"encoding/json"
	"fmt"
	"html/template"
	"iter"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"

	"glow/schema"
)

// accessPage is who may come in, and who did what.
type accessPage struct {
	layout
	Tokens  []schema.Token
	Form    TokenForm
	Secret  string // of a token just made: shown this once
	Made    string // its name
	Entries []schema.AuditEntry
	Action  string
	Actions []string
	// Of the audit list, only what this token did, from and to these days.
	TokenName, From, To string
	Pager               Pager
	Options             schema.Analytics
}

// showAccess is who may come in, and who did what.
func showAccess(p *pageRequest) error {
	data, q := p.auditFilter()
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	if as != nil {
		tokens, err := p.d.store.Tokens(p.Context())
		if err != nil {
			return err
		}
		return p.sendNamed(as, q, listFile{noun: "audit", row: schema.AuditEntry{}, rows: p.allEntries(data)}, sliceList("tokens", nil, tokens.Data))
	}
	if err := p.fillAccess(data, q); err != nil {
		return err
	}
	return p.show("access", data)
}

const auditPage = 50

// auditFilter reads from the address which entries of the audit list are asked for.
func (p *pageRequest) auditFilter() (*accessPage, url.Values) {
	q := p.query("action", "who", "from", "to", "page", paramAs, paramList)
	actions := schema.AuditActions()
	data := &accessPage{Action: p.choice(q, "action", slices.Insert(slices.Clone(actions), 0, "")...), Actions: actions, TokenName: q.Get("who")}
	data.From, data.To = p.dates(q)
	return data, q
}

func (a *accessPage) auditRequest(page, size int) schema.AuditRequest {
	return schema.AuditRequest{
		Action: a.Action, TokenName: a.TokenName, DateFrom: a.From, DateTo: a.To, Paging: schema.Paging{Page: &page, PageSize: &size},
	}
}

// allEntries yields the entries of the page's filter, the latest first. What comes in meanwhile
// moves entries to later pages; those that were there already are passed over.
func (p *pageRequest) allEntries(data *accessPage) iter.Seq2[any, error] {
	page, last := 0, int64(math.MaxInt64)
	return allPages(func(string) ([]schema.AuditEntry, *string, error) {
		page++
		answer, err := p.d.store.AuditList(p.Context(), data.auditRequest(page, maxListPage))
		if err != nil {
			return nil, nil, err
		}
		rows := slices.DeleteFunc(answer.Data, func(e schema.AuditEntry) bool { return e.AuditID >= last })
		if len(rows) > 0 {
			last = rows[len(rows)-1].AuditID
		}
		if int64(page) >= answer.TotalPages {
			return rows, nil, nil
		}
		return rows, pointer("next"), nil
	})
}

// accessPage is the page for the answer to a form.
func (p *pageRequest) accessPage() (*accessPage, error) {
	data, q := p.auditFilter()
	return data, p.fillAccess(data, q)
}

func (p *pageRequest) fillAccess(data *accessPage, q url.Values) error {
	page := p.whole(q, "page", 1, 1_000_000_000, 1)
	tokens, err := p.d.store.Tokens(p.Context())
	if err != nil {
		return err
	}
	slices.Reverse(tokens.Data)
	audit, err := p.d.store.AuditList(p.Context(), data.auditRequest(page, auditPage))
	if err != nil {
		return err
	}
	if data.Options, err = p.options(); err != nil {
		return err
	}
	data.Tokens, data.Entries = tokens.Data, audit.Data
	data.layout = p.layout("Access", nil, q)
	p.setPath(&data.layout, pathAccess)
	data.Pager = data.PagerOf(audit.Page, "page", "entries")
	return nil
}

// TokenForm is a token that somebody asks for.
type TokenForm struct {
	schema.TokenCreateRequest
	Error string
}

// createToken makes a token. The page that shows it is the only one that ever does.
func createToken(p *pageRequest) error {
	req := schema.TokenCreateRequest{
		Name: p.fields.Get("name"), Role: p.fields.Get("role"), DepartmentIDs: p.fields["department"],
		ProfileID: p.fields.Get("profile_id"), ExpiresAt: p.fields.Get("expires_at"), MayChange: p.fields["may_change"],
	}
	var made schema.TokenCreateResponse
	err := req.Validate()
	if err == nil {
		made, err = p.d.store.CreateToken(p.Context(), p.caller, req)
	}
	message := inputError(err)
	if err != nil && message == "" {
		return err
	}
	data, failed := p.accessPage()
	if failed != nil {
		return failed
	}
	if message != "" {
		data.Form = TokenForm{TokenCreateRequest: req, Error: message}
		return p.showWith(schema.ErrorCode(err).Refusal().Status, "access", data)
	}
	data.Secret, data.Made = made.Secret, made.Name
	return p.show("access", data)
}

// revokeToken ends a token.
func revokeToken(p *pageRequest) error {
	if _, err := p.d.store.RevokeToken(p.Context(), p.caller, schema.TokenRevokeRequest{TokenID: p.fields.Get("token_id")}); err != nil {
		return err
	}
	return p.done("The token opens nothing any more.", pathAccess)
}

// HasDepartment tells what is chosen.
func (f TokenForm) HasDepartment(id string) bool {
	for _, d := range f.DepartmentIDs {
		if d == id {
			return true
		}
	}
	return false
}

// MayChangeNames are what a recorder may be allowed to change.
func (a *accessPage) MayChangeNames() []string { return schema.MayChangeNames }

// HasMayChange tells what is chosen.
func (f TokenForm) HasMayChange(name string) bool { return slices.Contains(f.MayChange, name) }

// TokenState says whether a token still opens anything.
func (a *accessPage) TokenState(k schema.Token) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case k.ExpiresAt != nil && *k.ExpiresAt <= a.Now:
		return "expired"
	}
	return "in use"
}

// Detail prints what an entry of the audit list is about.
func (a *accessPage) Detail(e schema.AuditEntry) template.HTML { return detailOf(e.Detail) }

// detailOf prints the detail of an audit entry as pairs, nested ones as JSON.
func detailOf(detail map[string]any) template.HTML {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(detail)) {
		text, empty := detailText(detail[key])
		if empty {
			continue
		}
		fmt.Fprintf(&b, `<span class="pair"><span class="key">%s</span> %s</span> `,
			template.HTMLEscapeString(strings.ReplaceAll(key, "_", " ")), template.HTMLEscapeString(text))
	}
	return template.HTML(b.String()) //nolint:gosec // escaped above
}

func detailText(v any) (text string, empty bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, v == ""
	case float64:
		return Number(int64(v)), false
	case bool:
		return fmt.Sprint(v), false
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", true
	}
	return string(b), string(b) == "{}" || string(b) == "[]"
}
