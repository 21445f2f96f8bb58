package store

import (
	"fmt"
	"testing"
)

// Whether days are added up one by one or along those of each person, the sums are
// the same.
func TestCohortDaysAreTheSameEitherWay(t *testing.T) {
	s := openStore(t, Options{})
	records := university()
	for i := range 60 {
		at := fmt.Sprintf("2025-0%d-%02dT09:00:00Z", 4+i/30, 1+i%30)
		person := []string{"ann", "bob", "cy"}[i*i%3]
		records = append(records, rec("activity", "id", fmt.Sprint("a", i), "profile_id", person, "created_at", at))
	}
	mustPut(t, s, PutOptions{}, records...)
	sums := func(compute string) string {
		err := s.write(ctx, func(x *tx) error {
			if err := x.ExecAll(createMovedCohorts, `DELETE FROM cohort_day`); err != nil {
				return err
			}
			if err := x.Exec(`INSERT INTO temp.moved_cohort SELECT DISTINCT p.cohort_key, d.day FROM profile_day d JOIN profile p ON p.key = d.profile_key`); err != nil {
				return err
			}
			if n, err := x.QueryCount(mostDaysMoved); err != nil || n != 1 {
				t.Errorf("most days have moved: %d, %v", n, err)
			}
			if err := x.Exec(compute); err != nil {
				return err
			}
			return x.Exec(`DELETE FROM temp.moved_cohort`)
		})
		if err != nil {
			t.Fatal(err)
		}
		return dump(t, s, "cohort_day")
	}
	along, byDay := sums(computeCohortDays), sums(computeCohorts(levels[0]))
	if along != byDay || along == "" {
		t.Errorf("they differ:\n%s", difference(along, byDay))
	}
	checkRebuild(t, s)
}
