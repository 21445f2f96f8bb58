package dashboard

import (
	"context"
	"time"

	"glow/schema"
)

// viewAs lets an admin see the pages as a person sees them.
func viewAs(p *pageRequest) error {
	ctx := context.WithoutCancel(p.Context()) // a view that is on the audit list must begin, even if the browser goes away
	e, err := p.d.store.Emulate(ctx, p.caller, p.fields.Get("profile_id"), viewTime)
	if err != nil {
		return err
	}
	over := &e // in case the session has ended meanwhile
	p.d.sessions.with(p.session, func() { over, p.session.viewing = p.session.viewing, &e })
	if over != nil { // or a second window had begun another view
		if err := p.d.endEmulationSoon(ctx, p.caller, *over); err != nil {
			return err
		}
	}
	time.AfterFunc(viewTime, p.d.EndExpired)
	return p.redirect(pathActivity)
}

// endViewing ends the view as somebody else.
func endViewing(p *pageRequest) error {
	was, err := p.d.endView(p.Context(), p.session, p.signer, func(*schema.Emulation) bool { return true })
	switch {
	case err != nil:
		return err
	case was == nil:
		return p.redirect(pathActivity)
	}
	return p.done("You no longer look as "+was.Name+".", PersonPath(was.ProfileID))
}

// endView ends the view of a session if when says so. It returns that view, nil if none
// ended.
func (d *Dashboard) endView(ctx context.Context, session *webSession, caller schema.Caller, when func(*schema.Emulation) bool) (was *schema.Emulation, err error) {
	d.sessions.with(session, func() {
		if session.viewing != nil && when(session.viewing) {
			was, session.viewing = session.viewing, nil
		}
	})
	if was == nil {
		return nil, nil
	}
	return was, d.endEmulationSoon(ctx, caller, *was)
}

func (d *Dashboard) viewOver(e *schema.Emulation) bool {
	return schema.InstantOf(d.store.Now()) >= e.ExpiresAt
}

// asViewed returns the caller with the rights of the person whom they view, which are
// those of a TA's token. It ends a view whose time is up.
func (d *Dashboard) asViewed(ctx context.Context, session *webSession, caller schema.Caller) (schema.Caller, *schema.Emulation, error) {
	if _, err := d.endView(ctx, session, caller, d.viewOver); err != nil {
		return caller, nil, err
	}
	var viewing *schema.Emulation
	d.sessions.with(session, func() { viewing = session.viewing })
	if viewing != nil {
		caller.Role, caller.DepartmentIDs, caller.ProfileID = schema.RoleTA, nil, viewing.ProfileID
	}
	return caller, viewing, nil
}

// endEmulationSoon puts the end of a view on the audit list as Host.Soon does.
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
