//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
)

type state int

const (
	upgrading state = iota
	initialising
	subscribing
	live
)

// Screen is one socket with one subscription, whose id is its own.
type Screen struct {
	load   *Load
	number int
	fd     int
	state  state
	id     string
	named  []byte
	rest   []byte
	// The last version seen of each SKU it wants, by the SKU's number or by its place among those wanted.
	last   []int32
	places map[int]int
}

func newScreen(load *Load, number int) *Screen {
	id := fmt.Sprintf("%08x-0000-4000-8000-%012x", number+1, number+1)
	s := &Screen{load: load, number: number, id: id, named: []byte(`"id":"` + id + `"`)}
	wanted := s.wanted().Numbers
	if wanted == nil {
		s.last = make([]int32, load.options.SKUs)
	} else {
		s.last = make([]int32, len(wanted))
		s.places = make(map[int]int, len(wanted))
		for place, sku := range wanted {
			s.places[sku] = place
		}
	}
	for place := range s.last {
		s.last[place] = int32(load.options.First - 1)
	}
	s.connect()
	return s
}

func (s *Screen) wanted() *Wanted { return &s.load.options.Screens[s.number] }

func (s *Screen) raw() bool { return s.load.options.Protocol == "raw" }

func (s *Screen) connect() {
	options := s.load.options
	var err error
	if s.fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); err != nil {
		fail("socket %d: %v", s.number, err)
	}
	address := syscall.SockaddrInet4{Port: options.Port, Addr: [4]byte{127, 0, 0, 1}}
	if err = syscall.Connect(s.fd, &address); err != nil {
		fail("socket %d cannot connect: %v", s.number, err)
	}
	if err = syscall.SetNonblock(s.fd, true); err != nil {
		fail("socket %d: %v", s.number, err)
	}
	head := []string{
		"GET " + options.Path + " HTTP/1.1",
		fmt.Sprintf("Host: %s:%d", options.Host, options.Port),
		"Connection: Upgrade",
		"Upgrade: websocket",
		"Sec-WebSocket-Version: 13",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}
	if !s.raw() {
		head = append(head, "Sec-WebSocket-Protocol: "+options.Protocol)
	}
	s.write([]byte(strings.Join(head, "\r\n") + "\r\n\r\n"))
}

// take uses as much of the data as is whole, and returns how much that was.
func (s *Screen) take(data []byte, at int64) int {
	used := 0
	if s.state == upgrading {
		end := bytes.Index(data, []byte("\r\n\r\n"))
		if end < 0 {
			return 0
		}
		if !bytes.HasPrefix(data, []byte("HTTP/1.1 101 ")) {
			fail("socket %d was refused: %.300q", s.number, data)
		}
		used = end + 4
		s.upgraded()
	}
	for {
		opcode, payload, length := frame(data[used:])
		if length == 0 {
			return used
		}
		used += length
		s.frame(opcode, payload, at)
	}
}

func (s *Screen) upgraded() {
	if s.raw() {
		s.state = subscribing
		return
	}
	s.state = initialising
	s.send(map[string]any{
		"type": "connection_init", "payload": map[string]any{"authorization": "Bearer " + s.wanted().Token},
	})
}

func (s *Screen) frame(opcode byte, payload []byte, at int64) {
	switch opcode {
	case opText:
		if !s.event(payload, at) {
			s.message(payload)
		}
	case opPing:
		s.write(clientFrame(opPong, payload))
	case opPong:
	case opClose:
		code := 0
		if len(payload) >= 2 {
			code = int(payload[0])<<8 | int(payload[1])
			payload = payload[2:]
		}
		fail("socket %d was closed with %d %q", s.number, code, payload)
	default:
		fail("socket %d: a frame with opcode %d", s.number, opcode)
	}
}

var (
	skuField     = []byte(`"sku":"SKU-`)
	versionField = []byte(`"version":`)
	errorsField  = []byte(`"errors":`)
)

// event takes a change of a level; false for what is none.
func (s *Screen) event(payload []byte, at int64) bool {
	start := bytes.Index(payload, skuField)
	if start < 0 {
		return false
	}
	level := payload[start+len(skuField):]
	sku := whole(level)
	start = bytes.Index(level, versionField)
	if start < 0 {
		return false
	}
	version := whole(level[start+len(versionField):])
	if !s.raw() && !bytes.Contains(payload, s.named) || bytes.Contains(payload, errorsField) {
		fail("socket %d was sent what is not its own or in error: %.1000s", s.number, payload)
	}
	place := sku - 1
	if s.places != nil {
		var asked bool
		if place, asked = s.places[sku]; !asked {
			fail("socket %d was told of SKU %d, for which it did not ask", s.number, sku)
		}
	}
	if place < 0 || place >= len(s.last) || s.last[place]+1 != int32(version) {
		fail("socket %d was told version %d of SKU %d: not the next one. %.300s", s.number, version, sku, payload)
	}
	s.last[place]++
	s.load.tally.took(sku, version, at)
	return true
}

// message takes what the protocol says beside events.
func (s *Screen) message(payload []byte) {
	var message struct {
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(payload, &message); err != nil {
		fail("socket %d was sent no JSON: %.300s", s.number, payload)
	}
	switch {
	case message.Type == "ping":
		s.send(map[string]any{"type": "pong"})
	case message.Type == "connection_ack" && s.state == initialising:
		s.state = subscribing
		s.subscribe()
	case message.Type == "next" && bytes.Contains(message.Payload, []byte(`"CAUGHT_UP"`)):
		if s.state == live {
			s.load.tally.beats++
			return
		}
		s.state = live
		s.load.screenIsLive()
	default:
		fail("socket %d was sent: %.1000s", s.number, payload)
	}
}

func (s *Screen) subscribe() {
	variables := map[string]any{}
	if numbers := s.wanted().Numbers; numbers != nil {
		skus := make([]string, len(numbers))
		for i, number := range numbers {
			skus[i] = fmt.Sprintf("SKU-%05d", number)
		}
		variables["filter"] = map[string]any{"skus": skus}
	}
	payload := map[string]any{"query": s.load.options.Query, "variables": variables}
	s.send(map[string]any{"id": s.id, "type": "subscribe", "payload": payload})
}

func (s *Screen) send(message map[string]any) {
	text, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	s.write(clientFrame(opText, text))
}

func (s *Screen) write(data []byte) {
	if count, err := syscall.Write(s.fd, data); err != nil || count != len(data) {
		fail("socket %d takes nothing: %v", s.number, err)
	}
}
