package store

import (
	"cmp"
	"context"
	"slices"

	"glow/schema"
)

// Duplicates proposes people who may be one: alike by e-mail address, by name, or both.
func (s *Store) Duplicates(ctx context.Context, req schema.DuplicatesRequest) (answer schema.DuplicatesResponse, err error) {
	limit := schema.DefaultPairs
	if req.Limit != nil {
		limit = *req.Limit
	}
	err = s.readFresh(ctx, func(t *tx) error {
		d, err := s.profiles(t)
		if err != nil {
			return err
		}
		l := newLookalikes(d)
		answer.TotalCount = l.count()
		answer.Pairs, err = t.describePairs(d, l.first(limit))
		return err
	})
	return answer, err
}

// lookalikes are the people of a cache, in groups of those who are alike.
type lookalikes struct {
	keys   []alikeKeys
	groups [3]map[alikeKeys][]int // by both, by email, by name: positions of people, in their order
}

// alikeKeys are what people are compared by; "" compares with nothing.
type alikeKeys struct{ email, name string }

// pair are two people by position, and why they are alike.
type pair struct {
	a, b int
	why  []string
}

func newLookalikes(d *profileCache) *lookalikes {
	l := &lookalikes{keys: make([]alikeKeys, len(d.people))}
	for i := range l.groups {
		l.groups[i] = map[alikeKeys][]int{}
	}
	for i := range d.people {
		one := &d.people[i]
		if isViewer(one.id) {
			continue
		}
		k := alikeKeys{name: nameWords(one.folded)}
		if one.Email != nil {
			k.email = foldedEmail(*one.Email)
		}
		l.keys[i] = k
		for at, key := range []alikeKeys{k, {email: k.email}, {name: k.name}} {
			if key != (alikeKeys{}) && (at > 0 || k.email != "" && k.name != "") {
				l.groups[at][key] = append(l.groups[at][key], i)
			}
		}
	}
	return l
}

// count is how many pairs there are. Those alike by both are in three groups.
func (l *lookalikes) count() (n int64) {
	for at, sign := range []int64{-1, 1, 1} {
		for _, group := range l.groups[at] {
			size := int64(len(group))
			n += sign * size * (size - 1) / 2
		}
	}
	return n
}

// first lists the first pairs: those alike by both, by email, by name.
func (l *lookalikes) first(limit int) (pairs []pair) {
	for at, why := range [][]string{{schema.AlikeEmail, schema.AlikeName}, {schema.AlikeEmail}, {schema.AlikeName}} {
		for _, group := range sortedGroups(l.groups[at]) {
			for i, a := range group {
				for _, b := range group[i+1:] {
					if len(pairs) == limit {
						return pairs
					}
					if at == 0 || !l.alikeByBoth(a, b) {
						pairs = append(pairs, pair{a, b, why})
					}
				}
			}
		}
	}
	return pairs
}

func (l *lookalikes) alikeByBoth(a, b int) bool {
	return l.keys[a] == l.keys[b] && l.keys[a].email != "" && l.keys[a].name != ""
}

// sortedGroups returns groups of more than one in the order of their first member.
func sortedGroups(groups map[alikeKeys][]int) (list [][]int) {
	for _, group := range groups {
		if len(group) > 1 {
			list = append(list, group)
		}
	}
	slices.SortFunc(list, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	return list
}

// describePairs adds what an answer says of the people.
func (t *tx) describePairs(d *profileCache, pairs []pair) ([]schema.DuplicatePair, error) {
	var keys []int64
	for _, p := range pairs {
		keys = append(keys, d.people[p.a].key, d.people[p.b].key)
	}
	records := map[int64]int64{}
	err := t.Query(func(scan func(...any) error) error {
		var key, n int64
		err := scan(&key, &n)
		records[key] = n
		return err
	}, `SELECT profile_key, sessions + logins + emulations + grants + problems + activity FROM profile_total WHERE profile_key IN (SELECT value FROM json_each(?))`, jsonList(keys))
	if err != nil {
		return nil, err
	}
	last, err := t.lastActive(personFilter{}, len(d.people))
	if err != nil {
		return nil, err
	}
	list := []schema.DuplicatePair{}
	for _, p := range pairs {
		both := []schema.DuplicatePerson{}
		for _, at := range []int{p.a, p.b} {
			one := &d.people[at]
			resource := one.ProfileResource
			resource.DepartmentIDs = one.departments
			both = append(both, schema.DuplicatePerson{ProfileID: one.id, ProfileResource: resource, RecordsCount: records[one.key], LastActiveAt: last[one.key]})
		}
		slices.SortStableFunc(both, func(a, b schema.DuplicatePerson) int { return cmp.Compare(b.RecordsCount, a.RecordsCount) })
		list = append(list, schema.DuplicatePair{Why: p.why, People: both})
	}
	return list, nil
}
