package dashboard

import (
	"context"

	"glow/schema"
)

// auditSoon puts an entry on the audit list, as soon does. unlisted is called once
// where the entry cannot be written, now or later.
func (d *Dashboard) auditSoon(ctx context.Context, caller schema.Caller, action string, detail map[string]any, unlisted func()) error {
	return d.host.Soon(func() error {
		err := d.store.AuditEnd(context.WithoutCancel(ctx), caller, action, detail)
		if err != nil {
			d.log.Warn("an entry of the audit list was not written", "action", action, "request_id", caller.RequestID, "error", err)
			unlisted()
		}
		return err
	})
}

// endEmulationSoon writes down that somebody no longer views as somebody else, as soon
// does.
func (d *Dashboard) endEmulationSoon(ctx context.Context, caller schema.Caller, e schema.Emulation) error {
	return d.host.Soon(func() error { return d.endEmulation(ctx, caller, e) })
}

func (d *Dashboard) endEmulation(ctx context.Context, caller schema.Caller, e schema.Emulation) error {
	err := d.store.EndEmulation(context.WithoutCancel(ctx), caller, e)
	if err != nil {
		d.log.Warn("the end of an emulation was not written down", "error", err)
	}
	return err
}
