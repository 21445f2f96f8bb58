package cli

import (
	"fmt"
	"net/url"

	"glow/schema"
)

// dashboardCmd asks a running instance for a link to its dashboard.
type dashboardCmd struct{}

// Run prints a link that signs in once, with the rights of the token that asks.
func (c *dashboardCmd) Run(a *app) error {
	if a.globals.DB != "" {
		return usagef("--db: only a running instance has a dashboard; start one with `glow serve --db %s`", a.globals.DB)
	}
	client, zone, err := a.openWithZone()
	if err != nil {
		return err
	}
	defer client.close()
	got, err := call(a.ctx, client, schema.Dashboard, []byte("{}"))
	if err != nil {
		return err
	}
	path, err := url.ParseRequestURI(got.value.Path)
	if err != nil || path.IsAbs() {
		return fmt.Errorf("the answer of %s holds no link", client.name)
	}
	link, until := client.base.ResolveReference(path).String(), got.value.ExpiresAt
	return a.printResult(fmt.Sprintf("%s (this link signs you in, once and until %s)", link, (&page{zone: zone}).time(until)),
		map[string]any{"url": link, "expires_at": until})
}
