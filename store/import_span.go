package store

import (
	"context"
	"encoding/json"
	"fmt"

	"glow/schema"
)

// An export of the full Glow has no table of sessions, only rows that name one. A session
// starts with the earliest row, is updated with the latest, and belongs to the person of
// the earliest row that has one (of two at the same time, to the smaller id). All three
// are minimums or maximums, so rows may be imported in any order and repeatedly.

// ownedAt is the time of the row that decides whose session k is.
const ownedAt = `ifnull((SELECT min(at) FROM (
	SELECT min(r.created_at) AS at FROM activity r WHERE r.session_key = k.key AND r.profile_key = k.profile_key UNION ALL
	SELECT min(r.created_at) FROM login r WHERE r.session_key = k.key AND r.profile_key = k.profile_key UNION ALL
	SELECT min(r.created_at) FROM problem r WHERE r.session_key = k.key AND r.profile_key = k.profile_key)), k.created_at)`

// extendSessions extends the staged sessions by the times of the stored ones, and gives
// each to the person of the earlier row.
func (t *tx) extendSessions(sessions *table, owned map[string]int64) error {
	if err := t.Exec(`UPDATE session AS k SET owned_at = ` + ownedAt + ` WHERE owned_at IS NULL AND id IN (SELECT id FROM ` + sessions.stage + `)`); err != nil {
		return err
	}
	times, err := json.Marshal(owned)
	if err != nil {
		return err
	}
	return t.Exec(`UPDATE `+sessions.stage+` AS t SET
			created_at = min(t.created_at, k.created_at),
			updated_at = max(ifnull(t.updated_at, t.created_at), ifnull(k.updated_at, k.created_at)),
			ended_at = k.ended_at,
			profile_id = CASE WHEN k.owned_at < o.value OR k.owned_at = o.value AND p.id <= t.profile_id THEN p.id ELSE t.profile_id END
		FROM session k JOIN profile p ON p.key = k.profile_key JOIN json_each(?) o ON o.key = k.id
		WHERE k.id = t.id`, string(times))
}

// extendGroups has the staged groups begin with the stored ones, where these are earlier.
func (t *tx) extendGroups(groups *table) error {
	return t.Exec(`UPDATE ` + groups.stage + ` AS t SET created_at = k.created_at FROM ` + groups.name + ` k WHERE k.id = t.id AND k.created_at < t.created_at`)
}

// recordOwnedAt stores the times of the rows that decide whose the sessions are.
func (t *tx) recordOwnedAt(owned map[string]int64) error {
	times, err := json.Marshal(owned)
	if err != nil {
		return err
	}
	return t.Exec(`UPDATE session AS k SET owned_at = min(ifnull(k.owned_at, o.value), o.value) FROM json_each(?) o WHERE o.key = k.id`, string(times))
}

// Known returns what the database holds of records of a kind, by id: of a profile
// the name (of an alias the one that it had), of a session or emulation the id of its profile, of a grant or group the id of its
// session.
func (s *Store) Known(ctx context.Context, kind string, ids []string) (map[string]string, error) {
	query := map[string]string{
		schema.KindProfile:   `SELECT k.id, k.name FROM (SELECT id, name FROM profile UNION ALL SELECT id, name FROM profile_alias) k`,
		schema.KindSession:   `SELECT k.id, p.id FROM session k JOIN profile p ON p.key = k.profile_key`,
		schema.KindEmulation: `SELECT k.id, p.id FROM emulation k JOIN profile p ON p.key = k.profile_key`,
		schema.KindGrant:     `SELECT k.id, s.id FROM "grant" k JOIN session s ON s.key = k.session_key`,
		schema.KindGroup:     `SELECT k.id, s.id FROM "group" k JOIN session s ON s.key = k.session_key`,
	}[kind]
	if query == "" {
		return nil, fmt.Errorf("nothing is told of kind %s", kind)
	}
	found := map[string]string{}
	err := s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			var id, value string
			err := scan(&id, &value)
			found[id] = value
			return err
		}, query+` WHERE k.id IN (SELECT value FROM json_each(?))`, jsonList(ids))
	})
	return found, err
}

// micros converts times to microseconds, as the file stores them.
func micros(times map[string]schema.Instant) map[string]int64 {
	out := make(map[string]int64, len(times))
	for id, at := range times {
		out[id] = int64(at)
	}
	return out
}
