package moodle

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/server/formats"
)

// language is how Moodle writes a report.
type language struct {
	name, header, as string
	months           string
	format           string // of times: the fields of fmt are year, month, day, hour, minute, second and the name of the month
}

// The headers and formats are those of Moodle's language packs (report_log.php, moodle.php,
// langconfig.php).
var testLanguages = []language{
	{"German", "Zeit,Vollständiger Name,Betroffene/r Nutzer/in,Ereigniskontext,Komponente,Ereignisname,Beschreibung,Herkunft,IP-Adresse", " als ",
		"Januar Februar März April Mai Juni Juli August September Oktober November Dezember", "%[3]d. %[7]s %[1]d, %02[4]d:%02[5]d:%02[6]d"},
	{"German", "Zeit,Vollständiger Name,Betroffene/r Nutzer/in,Ereigniskontext,Komponente,Ereignisname,Beschreibung,Herkunft,IP-Adresse", " als ",
		"", "%02[3]d.%02[2]d.%[1]d %02[4]d:%02[5]d:%02[6]d"},
	{"French", "Heure,Nom complet de l’utilisateur,Utilisateur touché,Contexte de l’événement,Composant,Nom de l’événement,Description,Origine,Adresse IP", " en tant que ",
		"janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.", "%[3]d %[7]s %[1]d, %02[4]d:%02[5]d:%02[6]d"},
	{"Spanish", "Hora,Nombre completo del usuario,Usuario afectado,Contexto del evento,Componente,Nombre evento,Descripción,Origen,Dirección IP", " como ",
		"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", "%[3]d de %[7]s de %[1]d, %02[4]d:%02[5]d:%02[6]d"},
	{"Italian", "Ora,Nome completo dell'utente,Utente coinvolto,Contesto dell'evento,Componente,Nome evento,Descrizione,Origine,Indirizzo IP", " come ",
		"", "%[3]d/%02[2]d/%[1]d %02[4]d:%02[5]d:%02[6]d"},
	{"Russian", "Время,Полное имя пользователя,Затронутый пользователь,Контекст события,Компонент,Название события,Описание,Источник,IP-адрес", " под именем ",
		"января февраля марта апреля мая июня июля августа сентября октября ноября декабря", "%[3]d %[7]s %[1]d, %02[4]d:%02[5]d:%02[6]d"},
	{"Polish", "Czas,Imię i nazwisko użytkownika,Użytkownik którego dotyczy,Kontekst zdarzenia,Składnik,Nazwa zdarzenia,Opis,Źródło,Adres IP", " jako ",
		"stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia", "%[3]d %[7]s %[1]d, %02[4]d:%02[5]d:%02[6]d"},
	{"Vietnamese", "Thời gian,Tên đầy đủ người dùng,Người dùng bị ảnh hưởng,Bối cảnh sự kiện,Thành phần,Tên sự kiện,Mô tả,Nguồn gốc,Địa chỉ IP", " as ",
		"", "%[3]d tháng %[2]d %[1]d, %02[4]d:%02[5]d:%02[6]d"},
	{"", "时间,用户全名,受影响的用户,事件情境,组件,事件名称,描述,来源,IP地址", " as ",
		"", "%[1]d年%02[2]d月%[3]d日 %02[4]d:%02[5]d:%02[6]d"},
	{"", "時刻,フルネーム,影響を受けたユーザ,イベントコンテクスト,コンポーネント,イベント名,説明,オリジン,IPアドレス", " - 代替ログイン: ",
		"", "%[1]d年 %02[2]d月 %[3]d日 %02[4]d:%02[5]d:%02[6]d"},
}

// header of the report in English, with all columns.
const fullHeader = "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address"

func (l language) time(at time.Time) string {
	name := ""
	if months := strings.Fields(l.months); len(months) > 0 {
		name = months[at.Month()-1]
	}
	text := fmt.Sprintf(l.format, at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), name)
	text, _, _ = strings.Cut(text, "%!(EXTRA")
	return text
}

// loggedEvents are events by their English names, with descriptions in which 1 stands for
// who acts and 2 for who is affected.
var loggedEvents = []struct{ name, description string }{
	{"User has logged in", "The user with id '1' has logged in."},
	{"User logged out", "The user with the id '1' has logged out."},
	{"User logged in as another user", "The user with id '1' has logged in as the user with id '2'."},
	{"Role assigned", "The user with id '1' assigned the role with id '5' to the user with id '2'."},
	{"Role unassigned", "The user with id '1' unassigned the role with id '5' from the user with id '2'."},
	{"Course viewed", "The user with id '1' viewed the course with id '2'."},
	{"Course viewed", "The user with id '1' viewed the section number '3' of the course with id '2'."},
	{"Course module viewed", "The user with id '1' viewed the 'quiz' activity with course module id '9'."},
	{"Quiz attempt started", "The user with id '1' has started the attempt with id '8' for the quiz with course module id '9'."},
	{"Quiz attempt submitted", "The user with id '2' has submitted the attempt with id '8' for the quiz with the course module id '9'."},
	{"Badge awarded", "The user with id '2' has been awarded the badge with id '3'."},
	{"Attendance taken", "User with id 1 took attendance with instanceid 9"},
	{"Something else", "nothing that has an id"},
}

var rowIDs = regexp.MustCompile(`moodle-row-[0-9a-f]{32}(-\d+)?`)

// A report in any language gives the records of the same report in English, but for the
// ids of records that are made of one row: they are made of all that the row says.
func TestReportsInAnyLanguage(t *testing.T) {
	for _, lang := range testLanguages {
		t.Run(lang.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				person := rapid.SampledFrom([]string{"1|Ann", "2|Ben", "3|Cy Doe"})
				english, translated := []string{fullHeader}, []string{lang.header}
				for range rapid.IntRange(1, 12).Draw(t, "rows") {
					at := time.Date(2025, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(13, 28).Draw(t, "day"),
						rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 59).Draw(t, "second"), 0, time.UTC)
					event := loggedEvents[rapid.IntRange(0, len(loggedEvents)-1).Draw(t, "event")]
					id, name, _ := strings.Cut(person.Draw(t, "person"), "|")
					otherID, other, _ := strings.Cut(person.Draw(t, "other"), "|")
					description := strings.NewReplacer("'1'", "'"+id+"'", "id 1", "id "+id, "user with id '2'", "user with id '"+otherID+"'").Replace(event.description)
					origin := rapid.SampledFrom([]string{"web", "web", "ws", "cli"}).Draw(t, "origin")
					row := func(time, as, context, component, event string) string {
						user := name
						if strings.HasPrefix(id, "2") {
							user = "Boss" + as + name
						}
						return fmt.Sprintf(`"%s",%s,%s,%s,%s,%s,%s,%s,10.0.0.1`, time, user, other, context, component, event, description, origin)
					}
					english = append(english, row(at.Format("2/01/06, 15:04:05"), " as ", "Course: X", "System", event.name))
					translated = append(translated, row(lang.time(at), lang.as, "上 X", "Système", "in a language "+event.description[len(event.description)/2:]))
				}
				moodle := "The user with id '1' viewed the course with id '2'."
				extra := `"%s",Ann,-,X,X,Course viewed,` + moodle + ",web,10.0.0.1"
				for range 13 { // so that at least half of the descriptions name somebody
					at := time.Date(2025, 1, 31, 12, 0, 0, 0, time.UTC)
					english, translated = append(english, fmt.Sprintf(extra, at.Format("2/01/06, 15:04:05"))), append(translated, fmt.Sprintf(extra, lang.time(at)))
				}
				a, b := readText(t, english), readText(t, translated)
				if !slices.Equal(a, b) {
					t.Fatalf("English\n%s\n\n%s\n%s\n\n%s", strings.Join(a, "\n"), lang.name, strings.Join(b, "\n"), strings.Join(translated, "\n"))
				}
			})
			m, why, ok := Recognize(strings.Split(lang.header, ","), [][]string{
				{lang.time(time.Date(2025, 3, 3, 14, 5, 12, 0, time.UTC)), "Ann", "-", "X", "X", "X", "The user with id '1' viewed the course with id '2'.", "web", ""}})
			if !ok || !m.Report || m.Language != lang.name || !strings.Contains(why, "The user with id") {
				t.Errorf("recognised as %+v: %s", m, why)
			}
		})
	}
}

// readText returns the records of a report and what was skipped, without the ids of rows.
func readText(t interface {
	Fatalf(string, ...any)
	Helper()
}, lines []string) []string {
	t.Helper()
	l, err := Read([]formats.File{textFile("log.csv", strings.Join(lines, "\n")+"\n")}, Options{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	var out []string
	for rec, err := range recordsOf(l) {
		if err != nil {
			t.Fatalf("%v", err)
		}
		out = append(out, rowIDs.ReplaceAllString(show(rec), "ROW"))
	}
	slices.Sort(out)
	_, skipped := l.Skipped()
	return append(out, fmt.Sprint(skipped))
}
