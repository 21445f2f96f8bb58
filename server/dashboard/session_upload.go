package dashboard

import (
	"time"

	"glow/schema"
	"glow/store"
)

// upload is a scratch file with what somebody wants to import. It was checked, and waits
// until they confirm.
type upload struct {
	id    string
	file  *store.TempFile
	start int64 // where the input begins in the file; it has size bytes
	size  int64
	kind  string // content type
	query schema.ImportQuery
	names []string    // of the files as they were chosen
	keep  bool        // the mapping of the query is to be kept
	over  *time.Timer // discards it; nil until it is held

	newPeople []schema.NewPerson // whom its check found
	same      map[string]string  // what was entered of whom these are, by their id
}

// discard deletes the scratch file.
func (up *upload) discard() {
	if up.over != nil {
		up.over.Stop()
	}
	_ = up.file.Close() // a scratch file
}

// holdUpload keeps an upload in a session until it is imported, another one replaces it,
// or the session ends; but no longer than Limits.HoldUpload, as it takes room on the disk.
func (s *webSessions) holdUpload(session *webSession, up *upload) error {
	var before *upload
	there := s.with(session, func() {
		before, session.upload = session.upload, up
		up.over = time.AfterFunc(s.hold, func() {
			if late := s.release(session, up.id); late != nil {
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

// held returns a copy of the upload with an id, which stays held. It is nil if the session holds none, or
// another one.
func (s *webSessions) held(session *webSession, id string) (up *upload) {
	s.with(session, func() {
		if session.upload != nil && session.upload.id == id {
			copied := *session.upload // what is tried of it changes nothing
			up = &copied
		}
	})
	return up
}

// release takes the upload with an id out of a session. It returns nil if the session
// holds none, or another one.
func (s *webSessions) release(session *webSession, id string) (up *upload) {
	s.with(session, func() {
		if held := session.upload; held != nil && held.id == id {
			up, session.upload = held, nil
			up.over.Stop()
		}
	})
	return up
}
