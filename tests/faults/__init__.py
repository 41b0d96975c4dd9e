"""The desk under real faults: processes killed, stopped and starved while it trades."""
