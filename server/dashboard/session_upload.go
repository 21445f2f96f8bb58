package dashboard

import (
	"time"

	"glow/schema"
	"glow/store"
)

// upload is what somebody wants to import: checked already, held until they say so.
type upload struct {
	id    string
	file  *store.TempFile
	start int64 // where in the file it begins
	size  int64
	kind  string // content type
	query schema.ImportQuery
	names []string
	over  *time.Timer // lets go of it while it is held
}

// discard gives the room of an upload back.
func (up *upload) discard() {
	if up.over != nil {
		up.over.Stop()
	}
	_ = up.file.Close() // a scratch file
}

// holdUpload keeps an upload until it is taken, another comes, the visit ends, or nobody
// came back for it: its room on the disk is not theirs for the day.
func (v *webSessions) holdUpload(one *webSession, up *upload) error {
	var before *upload
	there := v.with(one, func() {
		before, one.upload = one.upload, up
		up.over = time.AfterFunc(v.hold, func() {
			if late := v.release(one, up.id); late != nil {
				late.discard()
			}
		})
	})
	if !there {
		return errSignIn
	}
	if before != nil {
		before.discard()
	}
	return nil
}

// release returns the upload that a visit holds, if it is that one.
func (v *webSessions) release(one *webSession, id string) (up *upload) {
	v.with(one, func() {
		if held := one.upload; held != nil && held.id == id {
			up, one.upload = held, nil
			up.over.Stop()
		}
	})
	return up
}
