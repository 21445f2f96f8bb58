package dates

import "strings"

// passedOver are words that say nothing beyond what the numbers and the months
// say: days of the week (CLDR, wide and abbreviated), and what stands between the parts
// of a date.
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
	dilluns dimarts dimecres dijous divendres dissabte diumenge dl dt dc dj dv ds dg
	måndag tisdag onsdag torsdag fredag lördag söndag mån tis ons tors tor fre lör sön
	mandag tirsdag lørdag søndag man tirs tir lør søn
	maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai ma ti ke to pe su
	poniedziałek wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt sob niedz ndz
	pondělí úterý středa čtvrtek pátek neděle po út st čt pá so ne
	ponedjeljak utorak srijeda četvrtak petak subota nedjelja uto sri čet pet sub ned
	понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс
	понеділок вівторок середа четвер субота неділя нд
	δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή δευ τρί τετ πέμ παρ σάβ κυρ
	pazartesi salı çarşamba perşembe cuma cumartesi pazar pzt sal çar per cum cmt paz
	星期一 星期二 星期三 星期四 星期五 星期六 星期日 周一 周二 周三 周四 周五 周六 周日
	月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日 月 火 水 木 金 土 日 一 二 三 四 五 六
	월요일 화요일 수요일 목요일 금요일 토요일 일요일 월 화 수 목 금 토 일
	at of on the um am le à de del la las a da das do às il alle ore om uhr uur ngày lúc vào
	d den kl klo kello saat в о г р року m gada στις`)

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
		tid|tidspunkt|hendelsesnavn|händelsenamn|ora și data|vrijeme|vreme|vrijeme i datum
		czas|čas|cas|время|дата|час|време|saat|zaman|tarih|aika|ώρα`),
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

// meridiem is a half of the day.
type meridiem struct {
	text string
	pm   bool
}

// meridiems are the halves of the day that follow the time. No text but those with points
// begins with another.
var meridiems = append(halves(false, "a. m.|a.m.|am|sa|vormittags|öö|fm|ap.|dop.|πμ|π.μ.|до полудня|дп|дп.|ص|صباحا"),
	halves(true, "p. m.|p.m.|pm|ch|nachmittags|ös|em|ip.|odp.|μμ|μ.μ.|после полудня|пп|пп.|م|مساء")...)

// meridiemsBefore are those that stand before it.
var meridiemsBefore = append(halves(false, "上午|午前|오전"), halves(true, "下午|午後|오후")...)

func halves(pm bool, texts string) (all []meridiem) {
	for text := range strings.SplitSeq(texts, "|") {
		all = append(all, meridiem{text, pm})
	}
	return all
}
