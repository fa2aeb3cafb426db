/* The bare floor of a durable fan-out, and the one sink that all systems are measured with.

   fanout floor FILE LISTEN_FD N SIZE
     Takes N subscribers, then one publisher, on a listening socket. For each SIZE bytes that the
     publisher sends: write into FILE (made before, its size never changes), fdatasync, answer one
     byte, send the SIZE bytes to every subscriber. Ends with the publisher.

   fanout sink OUT
     Reads lines "SYSTEM FD" up to an empty one from standard input, says "ready", and reads all
     these sockets. What carries "id: TEXT-NUMBER\n" is noted with its time. At the end of standard
     input the notes go to OUT: u32 system, u32 number, f64 seconds of CLOCK_MONOTONIC. */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, BLOCKS = 4096, MOST_FDS = 65536, ROOM = 65536, AT_ONCE = 256 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int taken(int listener) {
  int one = 1, fd = accept(listener, NULL, NULL);
  if (fd < 0) fail("accept");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static void send_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) fail("send");
    if (sent > 0) data += sent, size -= (size_t)sent;
  }
}

static int read_all(int fd, char *data, size_t size) {
  while (size > 0) {
    ssize_t got = recv(fd, data, size, 0);
    if (got == 0) return 0;
    if (got < 0 && errno != EINTR) fail("recv");
    if (got > 0) data += got, size -= (size_t)got;
  }
  return 1;
}

static int floor_of(const char *path, int listener, int n, size_t size) {
  static char block[BLOCK];
  int *subscribers = calloc((size_t)n, sizeof(int));
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || subscribers == NULL || size > BLOCK) fail("floor");
  for (int i = 0; i < BLOCKS; i++)
    if (pwrite(file, block, BLOCK, (off_t)i * BLOCK) != BLOCK) fail("pwrite");
  if (fsync(file) != 0) fail("fsync");
  for (int i = 0; i < n; i++) subscribers[i] = taken(listener);
  int publisher = taken(listener);
  for (unsigned turn = 0; read_all(publisher, block, size); turn++) {
    if (pwrite(file, block, BLOCK, (off_t)(turn % BLOCKS) * BLOCK) != BLOCK) fail("pwrite");
    if (fdatasync(file) != 0) fail("fdatasync");
    send_all(publisher, "k", 1);
    for (int i = 0; i < n; i++) send_all(subscribers[i], block, size);
  }
  return 0;
}

struct note {
  uint32_t system, number;
  double at;
};

static struct note *notes;
static size_t noted, room;

static void note(uint32_t system, uint32_t number) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (noted == room) {
    room = room ? 2 * room : 1 << 20;
    notes = realloc(notes, room * sizeof *notes);
    if (notes == NULL) fail("realloc");
  }
  notes[noted++] = (struct note){system, number, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec};
}

/* Notes each "id: TEXT-NUMBER\n" of the data that is newer than what was seen; gives the newest. */
static uint32_t note_numbers(const char *data, size_t size, uint32_t system, uint32_t seen) {
  const char *at = data, *end = data + size;
  while ((at = memmem(at, (size_t)(end - at), "id: ", 4)) != NULL) {
    const char *line = memchr(at, '\n', (size_t)(end - at));
    if (line == NULL) break;
    const char *dash = memrchr(at, '-', (size_t)(line - at));
    uint32_t number = dash == NULL ? 0 : (uint32_t)strtoul(dash + 1, NULL, 10);
    if (number > seen) note(system, seen = number);
    at = line;
  }
  return seen;
}

static int sink(const char *out) {
  static uint32_t system_of[MOST_FDS], seen[MOST_FDS];
  static char data[ROOM];
  struct epoll_event events[AT_ONCE];
  char line[64];
  int epoll = epoll_create1(0);
  while (fgets(line, sizeof line, stdin) != NULL && line[0] != '\n') {
    unsigned system;
    int fd;
    if (sscanf(line, "%u %d", &system, &fd) != 2 || fd < 0 || fd >= MOST_FDS) fail("line");
    system_of[fd] = system;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }
  struct epoll_event input = {.events = EPOLLIN, .data.fd = 0};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input) != 0) fail("epoll_ctl");
  puts("ready");
  fflush(stdout);
  for (;;) {
    int count = epoll_wait(epoll, events, AT_ONCE, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == 0) {
        FILE *file = fopen(out, "wb");
        if (file == NULL || fwrite(notes, sizeof *notes, noted, file) != noted) fail("notes");
        return fclose(file);
      }
      ssize_t got = recv(fd, data, ROOM, MSG_DONTWAIT);
      if (got > 0) {
        seen[fd] = note_numbers(data, (size_t)got, system_of[fd], seen[fd]);
      } else if (got == 0) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
        fprintf(stderr, "system %u hung up\n", system_of[fd]);
      }
    }
  }
}

int main(int count, char **words) {
  if (count == 6 && strcmp(words[1], "floor") == 0)
    return floor_of(words[2], atoi(words[3]), atoi(words[4]), (size_t)atol(words[5]));
  if (count == 3 && strcmp(words[1], "sink") == 0) return sink(words[2]);
  fprintf(stderr, "fanout floor FILE LISTEN_FD N SIZE | fanout sink OUT\n");
  return 2;
}
