package demo

import (
	"fmt"
	"slices"
	"strings"

	"glow/schema"
)

var departments = []struct{ id, name string }{
	{cs, "Computer Science"},
	{math, "Mathematics"},
	{bio, "Biology"},
}

// Ids of the departments.
const (
	cs   = "dept-cs"
	math = "dept-math"
	bio  = "dept-bio"
	both = cs + "|" + math
)

// Roles of the people.
const (
	roleTA          = "ta"
	roleCoordinator = "coordinator"
	roleInstructor  = "instructor"
)

// person is somebody of the demo.
type person struct {
	id, name, mail string
	role           string
	departments    string // ids, joined as in a CSV cell
	habit          habit
	first, last    schema.Day // the days between which they come
}

// cast lists everybody: name, local part of the address, role, departments, habit.
var cast = []person{
	{name: "Dr. Ingrid Solheim", mail: "ingrid.solheim", role: roleCoordinator, departments: cs, habit: keen},
	{name: "Rafael Domínguez", mail: "rafael.dominguez", role: roleCoordinator, departments: math, habit: steady},
	{name: "Thandiwe Nkosi", mail: "thandiwe.nkosi", role: roleCoordinator, departments: bio, habit: keen},
	{name: "Prof. Nguyễn Quang Huy", mail: "huy.nguyen", role: roleInstructor, departments: both, habit: light},
	{name: "Prof. Élodie Marchand", mail: "elodie.marchand", role: roleInstructor, departments: cs, habit: light},
	{name: "Dr. Kwabena Asante", mail: "kwabena.asante", role: roleInstructor, departments: math, habit: light},
	{name: "Dr. Hanna Lindqvist", mail: "hanna.lindqvist", role: roleInstructor, departments: bio, habit: steady},
	{name: "Dr. Marek Wiśniewski", mail: "marek.wisniewski", role: roleInstructor, departments: bio, habit: light},

	{name: "Nguyễn Thị Minh Anh", mail: "minhanh.nguyen", role: roleTA, departments: cs, habit: keen},
	{name: "Trần Đức Long", mail: "long.tran", role: roleTA, departments: cs, habit: steady},
	{name: "Phạm Thu Hà", mail: "ha.pham", role: roleTA, departments: cs, habit: late},
	{name: "Aisha Bello", mail: "aisha.bello", role: roleTA, departments: cs, habit: keen},
	{name: "Mateo Fernández", mail: "mateo.fernandez", role: roleTA, departments: cs, habit: steady},
	{name: "Zoë van den Berg", mail: "zoe.vandenberg", role: roleTA, departments: both, habit: steady},
	{name: "Liam O’Connor", mail: "liam.oconnor", role: roleTA, departments: cs, habit: light},
	{name: "ليلى حداد", mail: "layla.haddad", role: roleTA, departments: cs, habit: steady},
	{name: "Jakub Nowák", mail: "jakub.nowak", role: roleTA, departments: cs, habit: stopped},
	{name: "Priya Raghunathan", mail: "priya.raghunathan", role: roleTA, departments: cs, habit: keen},
	{name: "Şebnem Yıldız", mail: "sebnem.yildiz", role: roleTA, departments: cs, habit: light},
	{name: "João Pedro Gonçalves", mail: "joao.goncalves", role: roleTA, departments: cs, habit: steady},
	{name: "Maya Cohen", mail: "maya.cohen", role: roleTA, departments: cs, habit: late},
	{name: "Oluwaseun Adeyemi", mail: "seun.adeyemi", role: roleTA, departments: cs, habit: never},
	{name: "Kenji Watanabe", mail: "kenji.watanabe", role: roleTA, departments: cs, habit: steady},
	{name: "Sofía Restrepo", mail: "sofia.restrepo", role: roleTA, departments: cs, habit: light},
	{name: "Björn Eriksson", mail: "bjorn.eriksson", role: roleTA, departments: cs, habit: left},
	{name: "Chloé Lefèvre", mail: "chloe.lefevre", role: roleTA, departments: cs, habit: steady},
	{name: "Daniel Okafor", mail: "daniel.okafor", role: roleTA, departments: cs, habit: stopped},
	{name: "Mei-Ling Huang", mail: "meiling.huang", role: roleTA, departments: cs, habit: keen},
	{name: "Ryan Fitzgerald", mail: "ryan.fitzgerald", role: roleTA, departments: cs, habit: light},
	{name: "Anastasia Petrova", mail: "anastasia.petrova", role: roleTA, departments: cs, habit: late},

	{name: "Lê Hoàng Phúc", mail: "phuc.le", role: roleTA, departments: math, habit: keen},
	{name: "Vũ Ngọc Bích", mail: "bich.vu", role: roleTA, departments: math, habit: steady},
	{name: "נועה לוי", mail: "noa.levi", role: roleTA, departments: math, habit: steady},
	{name: "Giulia Ferrari", mail: "giulia.ferrari", role: roleTA, departments: math, habit: light},
	{name: "Omar El-Sayed", mail: "omar.elsayed", role: roleTA, departments: math, habit: stopped},
	{name: "Katarína Horváthová", mail: "katarina.horvathova", role: roleTA, departments: math, habit: steady},
	{name: "Samuel Mensah", mail: "samuel.mensah", role: roleTA, departments: math, habit: late},
	{name: "Emily Whitaker", mail: "emily.whitaker", role: roleTA, departments: math, habit: light},
	{name: "Søren Kjær", mail: "soren.kjaer", role: roleTA, departments: math, habit: steady},
	{name: "Farid Rahimi", mail: "farid.rahimi", role: roleTA, departments: math, habit: keen},
	{name: "Isabela Rocha", mail: "isabela.rocha", role: roleTA, departments: math, habit: light},
	{name: "Wojciech Zając", mail: "wojciech.zajac", role: roleTA, departments: math, habit: steady},
	{name: "Amara Diallo", mail: "amara.diallo", role: roleTA, departments: math, habit: never},
	{name: "佐藤 美咲", mail: "misaki.sato", role: roleTA, departments: math, habit: steady},
	{name: "Ethan Park", mail: "ethan.park", role: roleTA, departments: math, habit: light},
	{name: "Ágnes Szabó", mail: "agnes.szabo", role: roleTA, departments: math, habit: stopped},

	{name: "Đặng Mai Lan", mail: "lan.dang", role: roleTA, departments: bio, habit: steady},
	{name: "Hồ Gia Bảo", mail: "bao.ho", role: roleTA, departments: bio, habit: light},
	{name: "Fatima Zahra Benali", mail: "fatima.benali", role: roleTA, departments: bio, habit: keen},
	{name: "Lucas Müller", mail: "lucas.muller", role: roleTA, departments: bio, habit: steady},
	{name: "Nia Wanjiru", mail: "nia.wanjiru", role: roleTA, departments: bio, habit: late},
	{name: "Siobhán Ní Bhriain", mail: "siobhan.nibhriain", role: roleTA, departments: bio, habit: light},
	{name: "Arjun Deshpande", mail: "arjun.deshpande", role: roleTA, departments: bio, habit: steady},
	{name: "Camille Tremblay", mail: "camille.tremblay", role: roleTA, departments: bio, habit: stopped},
	{name: "Yusuf Demir", mail: "yusuf.demir", role: roleTA, departments: bio, habit: light},
	{name: "Hana Kovářová", mail: "hana.kovarova", role: roleTA, departments: bio, habit: steady},
	{name: "Grace Kim", mail: "grace.kim", role: roleTA, departments: bio, habit: keen},
	{name: "Tomás Ñíguez", mail: "tomas.niguez", role: roleTA, departments: bio, habit: left},
	{name: "Leilani Kahale", mail: "leilani.kahale", role: roleTA, departments: bio, habit: late},
	{name: "Viktor Andersson", mail: "viktor.andersson", role: roleTA, departments: bio, habit: light},
}

func (d *demo) writeDepartments() {
	for _, department := range departments {
		r := d.begin(schema.KindDepartment, department.id)
		r.Put("name", department.name)
		d.end()
	}
}

// writePeople fills d.people too.
func (d *demo) writePeople() {
	members := map[string]int{}
	for _, p := range cast {
		members[p.role]++
		p.id = fmt.Sprintf("%s-%03d", p.role, members[p.role])
		p.first, p.last = d.comesAndGoes(p.habit)
		d.people = append(d.people, &p)

		r := d.begin(schema.KindProfile, p.id)
		r.Put("name", p.name)
		r.Put("email", p.mail+"@example.edu")
		r.Put("role", p.role)
		r.Put("department_ids", p.departments)
		if p.habit == left {
			r.Put("active", "false")
		}
		d.end()
	}
}

// tasOf lists the teaching assistants who share a department with p.
func (d *demo) tasOf(p *person) []*person {
	var tas []*person
	for _, other := range d.people {
		if other.role == roleTA && other.habit != left && shareDepartment(p, other) {
			tas = append(tas, other)
		}
	}
	return tas
}

func shareDepartment(a, b *person) bool {
	others := strings.Split(b.departments, "|")
	return slices.ContainsFunc(strings.Split(a.departments, "|"), func(id string) bool {
		return slices.Contains(others, id)
	})
}
