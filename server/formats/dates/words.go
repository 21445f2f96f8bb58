package dates

import "strings"

// The names of months, as the Unicode CLDR has them (dates/calendars/gregorian,
// months, format and stand-alone, wide and abbreviated), in lower case and without
// the point of an abbreviation; and the short forms of C's strftime, where those
// differ. No name is of two months. Vietnamese counts its months: see monthWords.
var monthNames = names(
	// English
	"january jan", "february feb", "march mar", "april apr", "may", "june jun",
	"july jul", "august aug", "september sep sept", "october oct", "november nov", "december dec",
	// German
	"januar jän jänner", "februar", "märz mär mrz", "april", "mai", "juni",
	"juli", "august", "september", "oktober okt", "november", "dezember dez",
	// French
	"janvier janv", "février févr fév", "mars", "avril avr", "mai", "juin",
	"juillet juil", "août aoû", "septembre", "octobre", "novembre", "décembre déc",
	// Spanish
	"enero ene", "febrero", "marzo", "abril abr", "mayo", "junio",
	"julio", "agosto ago", "septiembre setiembre", "octubre", "noviembre", "diciembre dic",
	// Portuguese
	"janeiro", "fevereiro fev", "março", "abril", "maio", "junho",
	"julho", "agosto", "setembro set", "outubro out", "novembro", "dezembro",
	// Italian
	"gennaio gen", "febbraio", "marzo", "aprile", "maggio mag", "giugno giu",
	"luglio lug", "agosto", "settembre", "ottobre ott", "novembre", "dicembre",
	// Dutch
	"januari", "februari", "maart mrt", "april", "mei", "juni",
	"juli", "augustus", "september", "oktober", "november", "december",
)

// names makes a table of lists of names, twelve a language.
func names(lists ...string) map[string]int {
	table := map[string]int{}
	for i, list := range lists {
		for name := range strings.FieldsSeq(list) {
			table[name] = i%12 + 1
		}
	}
	return table
}

// monthWords stand before the number of a month.
var monthWords = set("tháng thg")

// passedOver are words that say nothing beyond what the numbers and the months
// say: days of the week (CLDR, wide and abbreviated, of the same languages), and
// what stands between the parts of a date.
var passedOver = set(`
	monday tuesday wednesday thursday friday saturday sunday
	mon tue tues wed thu thur thurs fri sat sun
	montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
	lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim
	lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom
	segunda terça quarta quinta sexta feira seg ter qua qui sex
	lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab
	maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo
	hai ba tư năm sáu bảy chủ nhật cn
	at of on the um am le à de del la las a da das do às il alle ore om uhr uur ngày lúc vào`)

// weekdayWords stand before the number of a day of the week.
var weekdayWords = set("thứ")

// endings follow the number of a day.
var endings = set("st nd rd th er e º ª")

// headers are the names of the columns of Moodle's reports, and the usual ones of
// a time, in languages that write dates in one order only.
var headers = map[Order]map[string]bool{
	DMY: lines(`zeit|datum|uhrzeit|zeitpunkt|ereigniskontext|ereignisname|komponente|beschreibung|herkunft
		heure|horodatage|composant|nom de l’événement|nom de l'événement|origine|adresse ip
		hora|fecha|fecha y hora|componente|nombre del evento|nombre evento|descripción|origen
		data e hora|nome do evento|descrição|origem
		ora|data e ora|nome evento|descrizione
		tijd|tijdstip|naam gebeurtenis|beschrijving|oorsprong
		thời gian|ngày|tên sự kiện|mô tả|nguồn gốc
		czas|čas|время|дата|час|saat|tarih|aika|ώρα`),
	YMD: lines(`时间|時間|日時|시간|일시|idő`),
}

func set(words string) map[string]bool {
	table := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		table[word] = true
	}
	return table
}

func lines(text string) map[string]bool {
	table := map[string]bool{}
	for line := range strings.Lines(text) {
		for name := range strings.SplitSeq(line, "|") {
			table[strings.TrimSpace(name)] = true
		}
	}
	return table
}

// meridiems are the halves of a day, longest first.
var meridiems = []struct {
	text string
	pm   bool
}{{"a. m.", false}, {"p. m.", true}, {"a.m.", false}, {"p.m.", true}, {"am", false}, {"pm", true}, {"sa", false}, {"ch", true}}
