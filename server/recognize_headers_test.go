package server

import (
	"strings"
	"testing"

	"glow/schema"
	"glow/server/formats/table"
)

// headers are those of files that programs and offices hand out, with some cells, and what they
// are: "?" where a question is right, "!" where nothing here takes them. Sources: the
// documentation of the programs, and what spreadsheets of departments usually look like.
var headers = []struct{ want, header, cells string }{
	// Moodle: the report "Logs", by language.
	{"moodle", "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address", "3/03/25, 10:25,A,-,Course: A,System,Course viewed,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "Hora,Nombre completo del usuario,Usuario afectado,Contexto del evento,Componente,Nombre evento,Descripción,Origen,Dirección IP", "3/03/25 10:25,A,-,Curso: A,Sistema,Curso visto,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "Heure,Nom complet de l'utilisateur,Utilisateur touché,Contexte de l'événement,Composant,Nom de l'événement,Description,Origine,Adresse IP", "3 mars 25 10:25:00,A,-,Cours: A,Système,Cours consulté,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "Hora,Nome completo,Usuário afetado,Contexto do Evento,Componente,Nome do evento,Descrição,Origem,endereço IP", "3/03/25 10:25,A,-,Curso: A,Sistema,Curso visto,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "Data/Ora,Utente,Utente coinvolto,Contesto dell'evento,Componente,Evento,Descrizione,Origine,Indirizzo IP", "3/03/25 10:25,A,-,Corso: A,Sistema,Visualizzato corso,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "Czas,Imię i nazwisko użytkownika,Dotyczy użytkownika,Kontekst zdarzenia,Składnik,Nazwa zdarzenia,Opis,Pochodzenie,Adres IP", "3/03/25 10:25,A,-,Kurs: A,System,Kurs wyświetlony,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "Время,Полное имя пользователя,Затронутый пользователь,Контекст события,Компонент,Название события,Описание,Источник,IP-адрес", "3/03/25 10:25,A,-,Курс: A,Система,Курс просмотрен,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "Thời gian,Họ và tên,Người bị ảnh hưởng,Ngữ cảnh,Thành phần,Tên sự kiện,Mô tả,Nguồn gốc,Địa chỉ IP", "3/03/25 10:25,A,-,Khoá học: A,Hệ thống,Xem khoá học,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "時間,ユーザフルネーム,影響を受けるユーザ,イベントコンテクスト,コンポーネント,イベント名,説明,オリジン,IPアドレス", "2025年3月3日 10:25,A,-,コース: A,システム,コースが閲覧されました,The user with id '5' viewed the course with id '1'.,web,127.0.0.1"},
	{"moodle", "id,eventname,component,action,target,objecttable,objectid,crud,edulevel,contextid,contextlevel,contextinstanceid,userid,courseid,relateduserid,anonymous,other,timecreated,origin,ip,realuserid", `1,\core\event\course_viewed,core,viewed,course,,,r,2,1,50,1,5,1,,0,N,1740996300,web,127.0.0.1,`},

	// Canvas.
	{"canvas-course-access", "User ID,Display Name,Sortable Name,Full Name,Category,Class,Title,Views,Participations,Last Access,First Access,Action,Code,Group Code,Context Type,Context ID,Login ID,Section,Section ID,SIS Course ID,SIS Section ID,SIS User ID", ""},
	{"canvas-gradebook", "Student,ID,SIS User ID,SIS Login ID,Section,HW 1 (101),Current Score", ""},
	{"canvas-gradebook", "Student,ID,SIS Login ID,Section,Midterm (7),Final Grade", ""},

	// Brightspace.
	{"brightspace-sessions", "SessionId,OrgId,UserId,DateStarted,DateEnded,LastAccessed,TimedOut,HistoryId", ""},
	{"brightspace-logins", "LoginId,UserId,LoginDate,OrgId", ""},

	// LiteLLM, xAPI.
	{"litellm-spend", "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,completionStartTime,model,model_id,model_group,api_base,user,metadata,cache_hit,cache_key,request_tags,team_id,end_user,requester_ip_address,session_id", ""},
	{"xapi", "id,actor.name,actor.mbox,verb.id,verb.display.en-US,object.id,timestamp,stored", ""},
	{"xapi", "actor.account.homePage,actor.account.name,actor.objectType,verb.id,object.id,context.registration,timestamp,version", ""},

	// Lists of people, by program and language.
	{"profile", "ID,Full Name,E-mail,Role,Department,Active", ""},
	{"profile", "First Name,Last Name,Email,Department", ""},
	{"profile", "First name,Surname,ID number,Institution,Department,Email address", ""},
	{"profile", "username,firstname,lastname,email,department", ""},
	{"profile", "Last Name,First Name,Username,Student ID,Last Access,Availability", ""},
	{"profile", "Name,NetID,Email,Title,Supervisor", ""},
	{"profile", "TA Name,Student Number,Email Address,Department Name", ""},
	{"profile", "Employee ID,Employee Name,Job Title,Department,Work Email", ""},
	{"profile", "Name,Email", ""},
	{"profile", "Full name,Email,Phone", ""},
	{"profile", "Name,Vorname,Matrikelnummer,E-Mail", ""},
	{"profile", "Nachname,Vorname,E-Mail-Adresse,Fachbereich", ""},
	{"profile", "Vollständiger Name,Benutzername,Rolle,Abteilung", ""},
	{"profile", "Nom,Prénom,Adresse e-mail,Composante", ""},
	{"profile", "Nom complet,Identifiant,Courriel,Rôle", ""},
	{"profile", "Apellidos,Nombre,Correo electrónico,Departamento", ""},
	{"profile", "Nombre completo,Matrícula,Correo,Facultad", ""},
	{"profile", "Nome completo,E-mail,Departamento,Ativo", ""},
	{"profile", "Cognome,Nome,Matricola,Indirizzo email", ""},
	{"profile", "Voornaam,Achternaam,E-mailadres,Afdeling", ""},
	{"profile", "Mã sinh viên,Họ và tên,Email,Khoa", ""},
	{"profile", "Imię,Nazwisko,Adres e-mail,Wydział", ""},
	{"profile", "Фамилия,Имя,Электронная почта,Кафедра", ""},
	{"profile", "ФИО,Логин,Почта,Должность", ""},
	{"profile", "姓名,学号,邮箱,院系", ""},
	{"profile", "氏名,学籍番号,メールアドレス,学部", ""},
	{"profile", "Ad Soyad,E-posta,Bölüm", ""},
	{"profile", "Förnamn,Efternamn,E-postadress,Avdelning", ""},

	// Held back: programs and languages that nothing was made for, as they stand in public code that
	// reads such files: Slack, Google Workspace, GitHub Classroom, Gradescope, Moodle, edX, Zoom, Teams,
	// Microsoft 365, Zammad, and offices. 14 of these 19 were right at the first try, none taken wrongly.
	{"profile", "username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname,expiration-timestamp", ""},
	{"profile", "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Org Unit Path [Required]", ""},
	{"profile", "First Name [Required],Last Name [Required],Email Address [Required],Status [READ ONLY],Last Sign In [READ ONLY],Email Usage [READ ONLY]", ""},
	{"profile", "identifier,github_username,github_id,name", ""},
	{"profile", "First Name,Last Name,SID,Email,Sections", ""},
	{"profile", "Vorname,Nachname,ID-Nummer,E-Mail-Adresse", ""},
	{"profile", "Nombre,Apellido(s),Número de ID,Institución,Departamento,Dirección de correo", ""},
	{"profile", "Matrikelnummer,Nachname,Vorname", ""},
	{"profile", "学号,姓名,班级", ""},
	{"profile", "学籍番号,氏名,氏名（ひらがな）,年齢,生年月日,性別,メールアドレス,電話番号,郵便番号,住所,専攻", ""},
	{"profile", "STT,MSSV,Họ và tên,Lớp,Khóa,Trạng thái", ""},
	{"profile", "MSSV,Họ lót,Tên,Ngày,Tháng,Năm,Giới tính,Địa chỉ,Email", ""},
	{"profile", "MSSV,Họ tên,Giới tính,Ngày sinh,Lớp,Ngành học,Email,SĐT,Địa chỉ,Điểm trung bình", ""},
	{"profile", "Enrl Cd,Perm #,Grade,Final Units,Student Last,Student First Middle,Quarter,Course ID,Section,Meeting Time(s) / Location(s),Email,ClassLevel,Major1,Major2,Date/Time", ""},
	{"profile", "login,firstname,lastname,email,web,active", ""},
	{"profile", "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date", ""},
	{"!", "Student ID,Email,Username,Grade,Assignments 1: Lesson 2 Assignments", ""},
	{"!", "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest", ""},
	{"!", "Full Name,User Action,Timestamp", ""},

	// Our own kinds by other names.
	{"term", "ID,Term,Start date,End date", ""},
	{"session", "Session ID,User ID,Start time,End time", ""},
	{"login", "User ID,Login time", ""},
	{"problem", "Ticket ID,User ID,Category,Description,Reported at,Resolved", ""},
	{"run", "id,group_id,model,prompt tokens,completion tokens,cost,timestamp", ""},

	// What may be two things, and what is nothing of ours.
	{"?", "id,name", ""},
	{"!", "Date,Open,High,Low,Close,Volume", ""},
	{"!", "Course,Section,Room,Time", ""},
	{"!", "Product,Quantity,Price", ""},
	{"!", "Question,Answer,Points", ""},
	{"!", "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,Q1,Q2", ""},
	{"!", "timestamp,level,message", ""},
	{"!", "Country,Capital,Population", ""},
}

func TestHeadersOfManyProgramsAreRecognized(t *testing.T) {
	right, silent := 0, 0
	for _, c := range headers {
		f := &table.Table{Name: "f", Header: strings.Split(c.header, ","), HeaderLine: 1}
		var sample [][]string
		if c.cells != "" {
			cells := strings.SplitN(c.cells, ", ", 2) // a time with a comma
			row := strings.Split(cells[len(cells)-1], ",")
			if len(cells) == 2 && len(row) == len(f.Header) {
				row[0] = cells[0] + ", " + row[0]
			} else {
				row = strings.Split(c.cells, ",")
			}
			sample = [][]string{row}
		}
		found, err := recognizeTable(f, sample, schema.ImportQuery{As: schema.AsAuto}, nil)
		got := found.As
		if err != nil {
			got = "!"
			if strings.Contains(err.Error(), "may be") {
				got = "?"
			}
		}
		switch {
		case got == c.want:
			right++
		case err == nil:
			silent++
			t.Errorf("taken wrongly without a word: %s as %s, want %s", c.header, got, c.want)
		default:
			t.Logf("not told: %s: got %s, want %s", c.header, got, c.want)
		}
	}
	t.Logf("%d of %d headers are recognized", right, len(headers))
	if 100*right < 95*len(headers) || silent > 0 {
		t.Errorf("%d of %d headers are recognized, %d wrongly; at least 95 %% are to be, none wrongly", right, len(headers), silent)
	}
}
