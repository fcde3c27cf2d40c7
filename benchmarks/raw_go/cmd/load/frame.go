//go:build linux

package main

import "encoding/binary"

const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// frame splits the first frame off what a server sent; its length is 0 where it is not there as a whole.
func frame(data []byte) (opcode byte, payload []byte, length int) {
	if len(data) < 2 {
		return 0, nil, 0
	}
	if data[0]&0xF0 != 0x80 || data[1]&0x80 != 0 {
		fail("a frame that is no whole, plain message of a server: %x", data[:2])
	}
	head, size := 2, int(data[1])
	switch {
	case size == 126 && len(data) >= 4:
		head, size = 4, int(binary.BigEndian.Uint16(data[2:]))
	case size == 127 && len(data) >= 10:
		head, size = 10, int(binary.BigEndian.Uint64(data[2:]))
	case size >= 126:
		return 0, nil, 0
	}
	if head+size > readMax/2 {
		fail("a frame of %d bytes", size)
	}
	if len(data) < head+size {
		return 0, nil, 0
	}
	return data[0] & 0x0F, data[head : head+size], head + size
}

// clientFrame masks with zeros: what is sent stays readable.
func clientFrame(opcode byte, payload []byte) []byte {
	head := []byte{0x80 | opcode}
	switch size := len(payload); {
	case size < 126:
		head = append(head, 0x80|byte(size))
	case size < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(size))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(size))
	}
	return append(append(head, 0, 0, 0, 0), payload...)
}

// whole reads the digits that a text begins with, within quotes or not.
func whole(text []byte) int {
	number := 0
	if len(text) > 0 && text[0] == '"' {
		text = text[1:]
	}
	for _, digit := range text {
		if digit < '0' || digit > '9' {
			break
		}
		number = 10*number + int(digit-'0')
	}
	return number
}
