package store

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"

	"glow/schema"
)

// profileCache is what answers show of people, kept from one answer to the next:
// profiles change seldom and are asked for all the time. It is never changed; a
// write of a profile makes it an old version.
type profileCache struct {
	version int64
	people  []profile       // by folded name, then id: the usual order of answers
	at      map[int64]int   // where in people somebody is, by key
	roles   map[int64]roles // by cohort
}

// profile is a person as the cache holds them.
type profile struct {
	key, cohort int64
	id, folded  string
	departments []string // all of them: what of it a caller may see is for each answer to say
	schema.ProfileResource
}

// roles are what the people of a cohort call the one role that they have.
type roles struct{ folded, first string }

// invalidateProfiles makes every cache of profiles out of date.
func (t *tx) invalidateProfiles() error {
	return t.Exec(`INSERT INTO setting (name, value) VALUES ('people_version', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1`)
}

func (t *tx) peopleVersion() (version int64, err error) {
	err = t.QueryRow([]any{&version}, `SELECT value FROM setting WHERE name = 'people_version'`)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return version, err
}

// profiles returns the profiles of the moment that t reads. Only a reader may
// ask: what a writer sees may yet be rolled back.
func (s *Store) profiles(t *tx) (*profileCache, error) {
	version, err := t.peopleVersion()
	if err != nil {
		return nil, err
	}
	if d := s.people.Load(); d != nil && d.version == version {
		return d, nil
	}
	d, err := t.readProfiles("")
	if err != nil {
		return nil, err
	}
	d.version = version
	s.people.Store(d)
	return d, nil
}

// readProfiles reads the profiles that meet a condition, a WHERE clause; "" for all.
func (t *tx) readProfiles(where string, args ...any) (*profileCache, error) {
	d := &profileCache{at: map[int64]int{}, roles: map[int64]roles{}}
	lists := map[string][]string{} // many people are in the same departments
	err := t.Query(func(scan func(...any) error) error {
		var (
			one    profile
			folded string
			text   sql.NullString
		)
		if err := scan(&one.key, &one.cohort, &one.id, &one.Name, &one.folded, &one.Email, &one.Role, &folded, &text, &one.Active); err != nil {
			return err
		}
		list, ok := lists[text.String]
		if !ok {
			var err error
			if list, err = parseList(text.String); err != nil {
				return err
			}
			lists[text.String] = list
		}
		one.departments = list
		if known, ok := d.roles[one.cohort]; !ok || one.Role < known.first {
			d.roles[one.cohort] = roles{folded: folded, first: one.Role}
		}
		d.people = append(d.people, one)
		return nil
	}, `SELECT key, cohort_key, id, name, name_folded, email, role, role_folded, department_ids, active FROM profile `+where, args...)
	slices.SortFunc(d.people, func(a, b profile) int { return cmp.Or(cmp.Compare(a.folded, b.folded), cmp.Compare(a.id, b.id)) })
	d.people = slices.Clip(d.people)
	for i := range d.people {
		d.at[d.people[i].key] = i
	}
	return d, err
}

// choose lists the chosen people in the order of the cache.
func (d *profileCache) choose(t *tx, p personFilter) ([]*profile, error) {
	var has func(*profile) bool
	switch {
	case p.where == "":
		has = func(*profile) bool { return true }
	case p.individual:
		keys, err := t.keySet(`SELECT p.key FROM profile p WHERE `+p.cond(), p.args)
		if err != nil {
			return nil, err
		}
		has = func(one *profile) bool { return keys[one.key] }
	default:
		cohorts, err := t.cohortSet(p)
		if err != nil {
			return nil, err
		}
		has = func(one *profile) bool { return cohorts[one.cohort] }
	}
	var list []*profile
	for i := range d.people {
		if one := &d.people[i]; has(one) {
			list = append(list, one)
		}
	}
	return list, nil
}

// cohortSet returns the keys of the cohorts of a choice that is one of cohorts.
func (t *tx) cohortSet(p personFilter) (map[int64]bool, error) {
	return t.keySet(`SELECT c.key FROM cohort c WHERE `+p.cohortCond(), p.args)
}

func (t *tx) keySet(query string, args []any) (map[int64]bool, error) {
	set := map[int64]bool{}
	return set, t.Query(func(scan func(...any) error) error {
		var key int64
		err := scan(&key)
		set[key] = true
		return err
	}, query, args...)
}
