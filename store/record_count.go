package store

import (
	"context"
	"fmt"
	"strings"
)

// record_count holds how many records of each kind there are. Whatever adds or removes
// records changes it by how many; a rebuild counts them. To count takes longer the more there
// are: 15 ms for 830,000, and 1.4 from here (BenchmarkHoldings).

// Holdings counts the records by kind.
func (s *Store) Holdings(ctx context.Context) (records map[string]int64, err error) {
	err = s.read(ctx, func(t *tx) error {
		records, err = t.holdings()
		return err
	})
	return records, err
}

func (t *tx) holdings() (records map[string]int64, err error) {
	records = map[string]int64{}
	return records, t.Query(func(scan func(...any) error) error {
		var (
			kind string
			n    int64
		)
		err := scan(&kind, &n)
		records[kind] = n
		return err
	}, `SELECT kind, records FROM record_count`)
}

// addRecords changes how many records of a kind there are.
func (t *tx) addRecords(table *table, n int64) error {
	if n == 0 {
		return nil
	}
	return t.Exec(`UPDATE record_count SET records = records + ? WHERE kind = ?`, n, table.kind.Name)
}

// countRecords fills record_count.
var countRecords = func() string {
	var counts []string
	for _, table := range tables {
		counts = append(counts, fmt.Sprintf(`SELECT '%s', count(*) FROM %s`, table.kind.Name, table.name))
	}
	return `INSERT INTO record_count ` + strings.Join(counts, " UNION ALL ")
}()
