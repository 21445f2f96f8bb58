package dates

import (
	"strings"
	"testing"
	"time"

	"glow/schema"
)

func TestForms(t *testing.T) {
	for text, want := range map[string]string{
		"17/10/21, 12:41":                            "2021-10-17T12:41:00",
		"17/10/21, 12:41:09":                         "2021-10-17T12:41:09",
		"4/01/21, 23:38":                             "2021-01-04T23:38:00",
		"12/31/2024 2:05 PM":                         "2024-12-31T14:05:00",
		"12/31/2024 12:05:07 a.m.":                   "2024-12-31T00:05:07",
		"12/31/2024, 12:05\u202fPM":                  "2024-12-31T12:05:00",
		"31.12.2024 14:05":                           "2024-12-31T14:05:00",
		"31-12-2024 14:05":                           "2024-12-31T14:05:00",
		"2024/03/04 14:05":                           "2024-03-04T14:05:00",
		"2024-03-04 14:05:06":                        "2024-03-04T14:05:06",
		"2024-03-04T14:05:06.25":                     "2024-03-04T14:05:06.25",
		"2024-03-04T14:05:06Z":                       "2024-03-04T14:05:06Z",
		"2024-03-04 14:05:06+01:00":                  "2024-03-04T13:05:06Z",
		"2024-03-04 14:05:06.123456 -0530":           "2024-03-04T19:35:06.123456Z",
		"2024-03-04 14:05:06 UTC":                    "2024-03-04T14:05:06Z",
		"3 March 2025, 14:05":                        "2025-03-03T14:05:00",
		"Monday, 3 March 2025, 2:05 PM":              "2025-03-03T14:05:00",
		"Mar 3, 2025, 2:05 PM":                       "2025-03-03T14:05:00",
		"March 3rd, 2025 at 2:05 pm":                 "2025-03-03T14:05:00",
		"Mon Mar  3 14:05:12 2025":                   "2025-03-03T14:05:12",
		"3. März 2025, 14:05:12":                     "2025-03-03T14:05:12",
		"Montag, 3. Ma\u0308rz 2025, 14:05":          "2025-03-03T14:05:00",
		"3 mars 25, 14:05:12":                        "2025-03-03T14:05:12",
		"mardi 1er avril 2025, 14:05":                "2025-04-01T14:05:00",
		"mar. 1 avr. 2025 14:05":                     "2025-04-01T14:05:00",
		"mar, 4 mar 2025, 14:05":                     "2025-03-04T14:05:00",
		"lunes, 3 de marzo de 2025, 2:05 p. m.":      "2025-03-03T14:05:00",
		"segunda-feira, 3 de março de 2025 às 14:05": "2025-03-03T14:05:00",
		"lunedì 3 marzo 2025, 14:05":                 "2025-03-03T14:05:00",
		"3 mrt 2025 14:05":                           "2025-03-03T14:05:00",
		"3 tháng 3 2025, 2:05 CH":                    "2025-03-03T14:05:00",
		"Thứ Hai, ngày 3 tháng 3 năm 2025, 14:05":    "2025-03-03T14:05:00",
		"14:05:12, 3 thg 3, 2025":                    "2025-03-03T14:05:12",
		"3 d’abril de 2025, 14:05":                   "2025-04-03T14:05:00",
		"dilluns, 3 d'agost de 2025, 14:05":          "2025-08-03T14:05:00",
		"3 marca 2025, 14:05":                        "2025-03-03T14:05:00",
		"poniedziałek, 3 września 2025, 14:05":       "2025-09-03T14:05:00",
		"3. března 2025, 14:05":                      "2025-03-03T14:05:00",
		"3. července 2025, 2:05 odp.":                "2025-07-03T14:05:00",
		"3 марта 2025, 14:05:12":                     "2025-03-03T14:05:12",
		"3 Мая 2025 г., 14:05":                       "2025-05-03T14:05:00",
		"3 март 2025, 02:05:12 После полудня":        "2025-03-03T14:05:12",
		"3 листопада 2025 р., 14:05":                 "2025-11-03T14:05:00",
		"3 Mart 2025, 14:05":                         "2025-03-03T14:05:00",
		"3 Ağustos 2025, 14:05":                      "2025-08-03T14:05:00",
		"Pazartesi, 3 Kasım 2025, 14:05":             "2025-11-03T14:05:00",
		"3 augusti 2025 kl. 14:05":                   "2025-08-03T14:05:00",
		"3. marts 2025, 14:05":                       "2025-03-03T14:05:00",
		"3. marts 2025, 14.05":                       "2025-03-03T14:05:00",
		"mandag 3. desember 2025, 14:05":             "2025-12-03T14:05:00",
		"3. maaliskuuta 2025, 14:05":                 "2025-03-03T14:05:00",
		"31.3.2025 klo 14.05":                        "2025-03-31T14:05:00",
		"31.3.2025 14.05.12":                         "2025-03-31T14:05:12",
		"3 Μαρτίου 2025, 2:05 μμ":                    "2025-03-03T14:05:00",
		"3 Μαΐου 2025, 12:05 πμ":                     "2025-05-03T00:05:00",
		"2025. március 3., 14:05":                    "2025-03-03T14:05:00",
		"3 martie 2025, 14:05":                       "2025-03-03T14:05:00",
		"2025 m. kovo 3 d., 14:05":                   "2025-03-03T14:05:00",
		"3 במרץ 2025, 14:05":                         "2025-03-03T14:05:00",
		"٣ مارس ٢٠٢٥، ٠٢:٠٥ م":                       "2025-03-03T14:05:00",
		"2025年3月3日 14:05":                            "2025-03-03T14:05:00",
		"2025年03月3日 14:05:12":                        "2025-03-03T14:05:12",
		"2025年 03月 3日(月) 14:05":                      "2025-03-03T14:05:00",
		"2025年3月3日 星期一 下午2:05":                       "2025-03-03T14:05:00",
		"2025年3月3日 下午 12:05":                         "2025-03-03T12:05:00",
		"25年3月3日 上午12:05":                            "2025-03-03T00:05:00",
		"2025년 3월 3일 오후 2:05":                        "2025-03-03T14:05:00",
		"2025-03-03, 14 h 05":                        "2025-03-03T14:05:00",
		"3 mars 2025 à 14h05":                        "2025-03-03T14:05:00",
		"2025年13月3日 14:05":                           errNoDate.Error(),
		"3日2025年 14:05":                              errShape.Error(),
		"3 listopada 2025, 14:05":                    errShape.Error(), // October in Croatian, November in Polish
		"31.12.24":                                   errShape.Error(),
		"2025-03-03, 24 h 05":                        errClock.Error(),
		"45657.5868055556":                           "2024-12-31T14:05:00",
		"45657,5868055556":                           "2024-12-31T14:05:00",
		"45657.99999999":                             "2025-01-01T00:00:00",
		"45657":                                      "2024-12-31T00:00:00",
		"1761924218":                                 "2025-10-31T15:23:38Z",
		"1761924218.5":                               "2025-10-31T15:23:38.5Z",
		"1761924218000":                              "2025-10-31T15:23:38Z",
		"978307200":                                  "2001-01-01T00:00:00Z",
		"978307199":                                  errNumber.Error(),
		"0":                                          errNumber.Error(),
		"253402300800":                               errNumber.Error(),
		"99999999999999999999":                       errNumber.Error(),
		"1761924218.1234567":                         errFiner.Error(),
		"29/02/18, 10:00":                            errNoDate.Error(),
		"29 February 2018, 10:00":                    errNoDate.Error(),
		"17/13/21, 12:41":                            errNoDate.Error(),
		"17/10/21, 24:00":                            errClock.Error(),
		"17/10/21, 13:00 PM":                         errClock.Error(),
		"28/03/21, 02:30":                            "does not exist in Europe/Berlin: the clocks skipped it",
		"":                                           errShape.Error(),
		"-5":                                         errShape.Error(),
		"17/10/21":                                   errShape.Error(),
		"17/10/021, 10:00":                           errShape.Error(),
		"17/10-21, 10:00":                            errShape.Error(),
		"17/2021/10, 10:00":                          errShape.Error(),
		"1x/10/21, 10:00":                            errShape.Error(),
		"3 March 4 April 2025, 10:00":                errShape.Error(),
		"yesterday, 10:00":                           errShape.Error(),
		"March 2025, 10:00":                          errShape.Error(),
		"17/10/21, 1:2:3":                            errShape.Error(),
		"17/10/21, 12:41:09:10":                      errShape.Error(),
		"2024-03-04 14:05:06.1234567":                errFiner.Error(),
		"1969-12-31 10:00:00":                        "lies outside the years 1970 to 9999 (UTC)",
	} {
		check(t, text, want, Options{Zone: zone(t, "Europe/Berlin")}, rows(text))
	}
}

func TestMonthsOfOneLanguage(t *testing.T) {
	for columns, want := range map[string]string{"Czas,Opis": "2025-11-03T14:05:00Z", "Vrijeme,Opis": "2025-10-03T14:05:00Z", "Time": errShape.Error()} {
		check(t, columns, want, Options{}, file{columns, []string{"3 listopada 2025, 14:05"}})
	}
}

func TestOrderIsDecidedOverAllRows(t *testing.T) {
	const german = "Zeit,Beschreibung"
	for _, c := range []struct {
		name  string
		files []file
		want  string
	}{
		{"a part above 12, in any row of any file", []file{rows("03/04/25, 12:30"), rows("03/12/25, 09:10", "03/14/25, 09:20")},
			"2025-03-04T12:30:00, 2025-03-12T09:10:00, 2025-03-14T09:20:00"},
		{"nothing tells", []file{rows("03/04/25, 12:30", "03/12/25, 09:10")},
			`date_order: "03/04/25, 12:30" (a.csv:2) is 3 April or 4 March 2025; say which with --date-order dmy or mdy`},
		{"12-hour clocks tell nothing", []file{rows("3/4/2024 2:05 PM")},
			`date_order: "3/4/2024 2:05 PM" (a.csv:2) is 3 April or 4 March 2024; say which with --date-order dmy or mdy`},
		{"day and month alike need no order", []file{rows("03/03/25, 12:30", "04/04/25, 12:30")},
			"2025-03-03T12:30:00, 2025-04-04T12:30:00"},
		{"the rows rise with the month first", []file{rows("01/12/25, 09:00", "02/01/25, 09:00", "02/03/25, 09:00")},
			"2025-01-12T09:00:00, 2025-02-01T09:00:00, 2025-02-03T09:00:00"},
		{"the rows fall with the day first", []file{rows("02/03/25, 09:00", "02/02/25, 09:00", "12/01/25, 09:00")},
			"2025-03-02T09:00:00, 2025-02-02T09:00:00, 2025-01-12T09:00:00"},
		{"times within a day show the way", []file{rows("03/04/25, 14:00", "03/04/25, 13:00", "04/03/25, 12:00")},
			"2025-04-03T14:00:00, 2025-04-03T13:00:00, 2025-03-04T12:00:00"},
		{"rows of two files that contradict each other tell nothing", []file{
			rows("01/12/25, 09:00", "02/01/25, 09:00", "02/03/25, 09:00"), rows("12/01/25, 09:00", "01/02/25, 09:00", "03/02/25, 09:00")},
			`date_order: "01/12/25, 09:00" (a.csv:2) is 1 December or 12 January 2025; say which with --date-order dmy or mdy`},
		{"rows that are not sorted tell nothing", []file{rows("01/02/25, 09:00", "05/06/25, 09:00", "03/04/25, 09:00")},
			`date_order: "01/02/25, 09:00" (a.csv:2) is 1 February or 2 January 2025; say which with --date-order dmy or mdy`},
		{"the month has the zero, the day has not", []file{rows("2/03/21, 14:12")}, "2021-03-02T14:12:00"},
		{"likewise with the month first", []file{rows("03/2/21, 14:12")}, "2021-03-02T14:12:00"},
		{"neither has", []file{rows("9/8/25, 09:05:01")},
			`date_order: "9/8/25, 09:05:01" (a.csv:2) is 9 August or 8 September 2025; say which with --date-order dmy or mdy`},
		{"headers in German", []file{{german, []string{"03/04/25, 12:30"}}}, "2025-04-03T12:30:00"},
		{"points", []file{rows("03.04.2025 12:30")}, "2025-04-03T12:30:00"},
		{"a part above 12 counts more than the language", []file{{german, []string{"03/04/25, 12:30", "03/14/25, 12:30"}}},
			"2025-03-04T12:30:00, 2025-03-14T12:30:00"},
		{"rows count more than the language", []file{{german, []string{"01/12/25, 09:00", "02/01/25, 09:00", "02/03/25, 09:00"}}},
			"2025-01-12T09:00:00, 2025-02-01T09:00:00, 2025-02-03T09:00:00"},
		{"no order fits", []file{rows("03/04/25, 12:30", "17/10/21, 12:41"), rows("10/17/21, 12:41")},
			`date_order: "17/10/21, 12:41" (a.csv:3) has the day first and "10/17/21, 12:41" (b.csv:2) the month, so import such files one by one; say which is right with --date-order where one of them is mistaken`},
		{"a date that does not exist decides, too, and is a fault of its row", []file{rows("31/04/25, 12:30", "01/04/25, 12:30")},
			errNoDate.Error() + ", 2025-04-01T12:30:00"},
		{"what no order fits decides nothing", []file{rows("45/13/25, 12:30", "17/04/25, 12:30")},
			errNoDate.Error() + ", 2025-04-17T12:30:00"},
	} {
		check(t, c.name, c.want, Options{}, c.files...)
	}
}

func TestYearsInFront(t *testing.T) {
	check(t, "the last part changes more, so it may be the day",
		`date_order: "24/03/15, 10:00" (a.csv:2) is 24 March 2015 or 15 March 2024; say which with --date-order dmy or ymd`,
		Options{}, rows("24/03/15, 10:00", "24/03/16, 10:00"))
	check(t, "the rows tell", "2024-03-31T10:00:00, 2024-04-01T10:00:00, 2024-04-02T10:00:00",
		Options{}, rows("24/03/31, 10:00", "24/04/01, 10:00", "24/04/02, 10:00"))
	check(t, "headers in Chinese", "2024-03-15T10:00:00", Options{}, file{"时间", []string{"24/03/15, 10:00"}})
	check(t, "given", "2024-03-15T10:00:00, "+errYearFirst.Error(), Options{Order: YMD}, rows("24/03/15, 10:00", "03/04/2024 10:00"))
}

func TestGivenOrderWins(t *testing.T) {
	check(t, "dmy", "2025-04-03T12:30:00, "+errNoDate.Error(), Options{Order: DMY}, rows("03/04/25, 12:30", "03/14/25, 12:30"))
	check(t, "mdy", "2025-03-04T12:30:00, 2024-03-04T14:05:00", Options{Order: MDY}, rows("03.04.2025 12:30", "2024/03/04 14:05"))
}

func TestRowsTellThePassOfARepeatedHour(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	at := func(clocks ...string) file {
		var f file
		for _, c := range clocks {
			f.times = append(f.times, "26/10/25, "+c)
		}
		return f
	}
	for _, c := range []struct{ name, want string }{
		{"rising: 01:50 02:10 02:50 02:10 02:50 03:10", "01:50 02:10 02:50 02:10b 02:50b 03:10"},
		{"falling: 03:10 02:50 02:10 02:50 02:10 01:50", "03:10 02:50b 02:10b 02:50 02:10 01:50"},
		{"no step: 01:50 02:10 02:50 03:10", "01:50 02:10 02:50 03:10"},
		{"the same minute is no step: 01:50 02:10 02:10 03:10", "01:50 02:10 02:10 03:10"},
		{"which way is not known: 02:50 02:10", "02:50 02:10"},
		{"two steps are no order: 01:50 02:50 02:10 02:50 02:10 03:10", "01:50 02:50 02:10 02:50 02:10 03:10"},
		{"no order at all: 01:50 03:10 02:50 02:10", "01:50 03:10 02:50 02:10"},
	} {
		_, clocks, _ := strings.Cut(c.name, ": ")
		got, err := read(Options{Zone: berlin}, at(strings.Fields(clocks)...))
		text := strings.NewReplacer("2025-10-26T", "", ":00", "").Replace(strings.Join(got, " "))
		if err != nil || text != c.want {
			t.Errorf("%s: got %s (%v), want %s", c.name, text, err, c.want)
		}
	}
	s := NewDetector(Options{Zone: berlin})
	f := s.File("a", nil)
	if err := s.Decide(); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"2025-10-26 02:00:00": true, "2025-10-26 02:59:59": true, "2025-10-26 03:00:00": false, "2025-10-26 01:59:59": false,
		"2025-10-26 02:30:00Z": false, "2025-03-30 03:30:00": false, "1761438600": false,
	} {
		if got, err := f.Read(text); err != nil || got.Repeated != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}

func TestYearsThatAreNotThere(t *testing.T) {
	const ask = `year: "30 Dec, 10:00" (a.csv:2) has no year, and the order of the rows does not tell it; say which with --year`
	for _, c := range []struct {
		name, want string
		year       int
		times      []string
	}{
		{"nothing tells", ask, 0, []string{"30 Dec, 10:00", "30 Dec, 11:00"}},
		{"which way the rows go is not known", ask, 0, []string{"30 Dec, 10:00", "2 Jan 2025, 11:00"}},
		{"rising to a row with a year", "2024-12-30T10:00:00, 2024-12-30T11:00:00, 2025-01-02T11:00:00", 0,
			[]string{"30 Dec, 10:00", "30 Dec, 11:00", "2 Jan 2025, 11:00"}},
		{"falling from a row with a year", "2025-01-02T11:00:00, 2025-01-02T10:00:00, 2024-12-31T09:00:00, 2024-11-01T09:00:00, 2023-12-01T08:00:00", 0,
			[]string{"2 Jan 2025, 11:00", "2 Jan, 10:00", "31 Dec, 09:00", "1 Nov, 09:00", "1 Dec, 08:00"}},
		{"no order", ask, 0, []string{"30 Dec, 10:00", "30 Dec, 11:00", "30 Dec, 10:30", "2 Jan 2025, 11:00"}},
		{"given", "2024-12-30T10:00:00, 2024-12-01T10:00:00, 2024-02-29T10:00:00", 2024, []string{"30 Dec, 10:00", "1 Dec, 10:00", "29/2, 10:00"}},
		{"given, but the rows go over New Year",
			"year: the rows of a.csv go from one year into the next, so that 2024 is not the year of all of them; split the file at New Year and import each part with its own year",
			2024, []string{"1 Nov, 10:00", "30 Dec, 11:00", "2 Jan, 11:00"}},
	} {
		check(t, c.name, c.want, Options{Year: c.year}, rows(c.times...))
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"17/10/21, 12:41", "3. März 2025, 14:05:12", "Mar 3, 2025, 2:05 PM", "45657.58", "1761924218", "2024-03-04T14:05:06.1+01:00", "14:05 thg 3", "3/4, 2:05 p. m.", "::", "mar 4 mar 5 1:00"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, order := range []Order{"", DMY, MDY, YMD} {
			s := NewDetector(Options{Order: order})
			in := s.File("a", []string{b})
			in.Add(2, a)
			in.Add(3, b)
			if err := s.Decide(); err != nil {
				if schema.ErrorCode(err) != schema.CodeInvalid {
					t.Fatal(err)
				}
				continue
			}
			for _, text := range []string{a, b} {
				got, err := in.Read(text)
				if err != nil {
					continue
				}
				if again, err := schema.ParseInstant(wallText(text, got.At, time.UTC), time.UTC); err != nil || again != got.At {
					t.Fatalf("%q: %v is not %v: %v", text, got.At, again, err)
				}
			}
		}
	})
}
