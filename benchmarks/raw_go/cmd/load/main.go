//go:build linux

// Opens thousands of WebSockets and checks all that they are sent: each event once and, for each SKU, in order.
//
// One thread, one epoll and no allocation per message: it shares the machine with what it measures. The same program
// for every server; `protocol` is graphql-transport-ws, or raw, where a socket is told without being asked.
//
// The options are the first line of JSON on standard input, then come requests, one a line; answers and progress leave
// as lines of JSON on standard output. It ends with standard input. Anything but what is measured ends it with a fault.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

const (
	openingAtOnce = 100
	readMax       = 1 << 18
	linesMax      = 1 << 26
	stdin         = 0
)

// Options of a run. Events are numbered: number n is version First + n / SKUs of SKU 1 + n % SKUs.
type Options struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	Path     string   `json:"path"`
	Protocol string   `json:"protocol"`
	Query    string   `json:"query"`
	SKUs     int      `json:"skus"`
	First    int      `json:"first"`
	Screens  []Wanted `json:"screens"`
}

// Wanted is what one screen asks for; without Numbers, every SKU.
type Wanted struct {
	Token   string `json:"token"`
	Numbers []int  `json:"numbers"`
}

// Request is one line of standard input after the options.
type Request struct {
	Do     string  `json:"do"`
	From   int     `json:"from"`
	Stamps []int64 `json:"stamps"`
}

// Load is the whole program's state.
type Load struct {
	options Options
	tally   *Tally
	epoll   int
	screens map[int32]*Screen
	opened  int
	live    int
	began   time.Time
	buffer  []byte
	lines   []byte
	told    int
}

func main() {
	debug.SetGCPercent(400)
	load := &Load{screens: map[int32]*Screen{}, buffer: make([]byte, readMax), began: time.Now()}
	for !bytes.ContainsRune(load.lines, '\n') {
		if !load.readLines() {
			fail("standard input ended before the options")
		}
	}
	line, rest, _ := bytes.Cut(load.lines, []byte{'\n'})
	if err := json.Unmarshal(line, &load.options); err != nil {
		fail("the options: %v", err)
	}
	load.lines = append([]byte(nil), rest...)
	load.tally = newTally(&load.options)
	load.run()
}

func (l *Load) run() {
	var err error
	if l.epoll, err = syscall.EpollCreate1(0); err != nil {
		fail("epoll: %v", err)
	}
	l.watch(stdin)
	events := make([]syscall.EpollEvent, 512)
	for {
		for l.opened < len(l.options.Screens) && l.opened-l.live < openingAtOnce {
			l.open(l.opened)
		}
		count, err := syscall.EpollWait(l.epoll, events, -1)
		if err != nil && err != syscall.EINTR {
			fail("epoll: %v", err)
		}
		for i := range max(count, 0) {
			if events[i].Fd == stdin {
				if !l.readLines() {
					return
				}
				l.answer()
			} else {
				l.read(l.screens[events[i].Fd])
			}
		}
		if l.tally.done != l.told {
			l.told = l.tally.done
			say(map[string]any{"told": "done", "events": l.told})
		}
	}
}

func (l *Load) watch(fd int) {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
		fail("epoll: %v", err)
	}
}

func (l *Load) open(number int) {
	screen := newScreen(l, number)
	l.screens[int32(screen.fd)] = screen
	l.opened++
	l.watch(screen.fd)
}

// read takes what a socket was sent; behind what it could not yet use of what came before.
func (l *Load) read(screen *Screen) {
	kept := copy(l.buffer, screen.rest)
	count, err := syscall.Read(screen.fd, l.buffer[kept:])
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return
	case err != nil:
		fail("socket %d: %v", screen.number, err)
	case count == 0:
		fail("socket %d was cut", screen.number)
	}
	data := l.buffer[:kept+count]
	used := screen.take(data, time.Now().UnixNano())
	screen.rest = append(screen.rest[:0], data[used:]...)
}

// screenIsLive: it will be told of whatever comes from here on.
func (l *Load) screenIsLive() {
	l.live++
	if l.live == len(l.options.Screens) {
		say(map[string]any{"told": "ready", "seconds": time.Since(l.began).Seconds()})
	}
}

func (l *Load) readLines() bool {
	chunk := make([]byte, 1<<16)
	count, err := syscall.Read(stdin, chunk)
	if err == syscall.EINTR {
		return true
	}
	if err != nil || count <= 0 {
		return false
	}
	if l.lines = append(l.lines, chunk[:count]...); len(l.lines) > linesMax {
		fail("standard input: a line is too long")
	}
	return true
}

func (l *Load) answer() {
	for {
		line, rest, whole := bytes.Cut(l.lines, []byte{'\n'})
		if !whole {
			return
		}
		var request Request
		if err := json.Unmarshal(line, &request); err != nil {
			fail("a request: %v", err)
		}
		l.lines = rest
		switch request.Do {
		case "count":
			say(l.tally.count())
		case "record":
			l.tally.record()
		case "latencies":
			say(l.tally.latencies(request.From, request.Stamps))
		default:
			fail("no such request: %q", request.Do)
		}
	}
}

func say(message map[string]any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(line, '\n'))
}

func fail(format string, arguments ...any) {
	say(map[string]any{"told": "fault", "what": fmt.Sprintf(format, arguments...)})
	os.Exit(1)
}
