package dashboard

import (
	"context"
	"time"

	"glow/schema"
)

// viewAs begins to look as a person.
func viewAs(p *pageRequest) error {
	ctx := context.WithoutCancel(p.Context()) // what is written down is also begun, and ended
	e, err := p.d.store.Emulate(ctx, p.caller, p.fields.Get("profile_id"), viewTime)
	if err != nil {
		return err
	}
	over := &e // nobody looks: the visit ended meanwhile
	p.d.sessions.with(p.session, func() { over, p.session.viewing = p.session.viewing, &e })
	if over != nil { // or two windows asked at once
		if err := p.d.endEmulationSoon(ctx, p.caller, *over); err != nil {
			return err
		}
	}
	time.AfterFunc(viewTime, p.d.EndExpired)
	return p.redirect(pathActivity)
}

// endViewing ends looking as somebody else.
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

// endView ends what a visit views as somebody else, if that is to be.
func (d *Dashboard) endView(ctx context.Context, one *webSession, caller schema.Caller, when func(*schema.Emulation) bool) (was *schema.Emulation, err error) {
	d.sessions.with(one, func() {
		if one.viewing != nil && when(one.viewing) {
			was, one.viewing = one.viewing, nil
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

// asViewed is the caller with the eyes of the person whom they view: those of a
// TA's token. A view whose time is up is ended.
func (d *Dashboard) asViewed(ctx context.Context, one *webSession, caller schema.Caller) (schema.Caller, *schema.Emulation, error) {
	if _, err := d.endView(ctx, one, caller, d.viewOver); err != nil {
		return caller, nil, err
	}
	var viewing *schema.Emulation
	d.sessions.with(one, func() { viewing = one.viewing })
	if viewing != nil {
		caller.Role, caller.DepartmentIDs, caller.ProfileID = schema.RoleTA, nil, viewing.ProfileID
	}
	return caller, viewing, nil
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
