// The hot path of fastpath/one_thread.ts in C++: the same columns, cursors, tables and checks, in one thread.
//
//   path <tables> <plain|release|seq-cst|workers> <rounds> <bursts>
//
// `tables` holds int32 words: rows (arrived, free, idle), request table length, request table, engine table length,
// engine table. plain: cursors are plain words, moved once per pass. release: every cursor crosses threads by
// acquire/release and moves with every request, as a lock-free driver in C++ would write it. seq-cst: the same with
// the order that JavaScript's atomics have. workers: the shape of dispatch_side.ts and device_side.ts on two threads;
// one publication a pass, full barriers only where two sides race.
// Prints ten lines a round: nanoseconds a request and a checksum.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int32_t kChannels = 8, kSlots = 64, kRequests = 4096, kBurst = 8;
constexpr int kPauses = 8, kShortRounds = 10, kWarmRounds = 21;
constexpr int32_t kMaximumBytes = 1 << 20;
enum class Order { Plain, Release, SeqCst };
enum Event { Dispatch, Start, DeviceDone, Finish };
enum EngineEvent { EngineStart, EngineRestart, EngineCompleted };

struct Control {
  alignas(64) std::atomic<int32_t> submitted{0};
  int32_t direction = 0;
  alignas(64) std::atomic<int32_t> row{0};
  std::atomic<int32_t> started{0}, doorbell{0};
  alignas(64) std::atomic<int32_t> ready{0};
  alignas(64) std::atomic<int32_t> done{0};
};

Control control[kChannels];
int32_t flags[kRequests], length[kRequests], hostLow[kRequests], hostHigh[kRequests], cardLow[kRequests],
    cardHigh[kRequests], status[kRequests], information[kRequests];
int32_t slotRow[kChannels * kSlots], slotRequest[kChannels * kSlots], slotMoved[kChannels * kSlots];
int32_t descriptors[kChannels * kSlots * 8];
int32_t *requestTable, *engineTable;
int32_t arrivedRow, freeRow, idleRow;
int64_t misuses = 0;

inline int32_t checked(int32_t entry) {
  if (__builtin_expect(entry > 0xffff, 0)) {
    misuses++;
    return entry & 0xffff;
  }
  return entry;
}

template <Order order>
inline int32_t get(const std::atomic<int32_t>& word) {
  return word.load(order == Order::SeqCst    ? std::memory_order_seq_cst
                   : order == Order::Release ? std::memory_order_acquire
                                             : std::memory_order_relaxed);
}

template <Order order>
inline void set(std::atomic<int32_t>& word, int32_t value) {
  word.store(value, order == Order::SeqCst    ? std::memory_order_seq_cst
                    : order == Order::Release ? std::memory_order_release
                                              : std::memory_order_relaxed);
}

inline int32_t validate(int32_t requestFlags, int32_t lengthBytes, int32_t low, int32_t direction) {
  if (static_cast<uint32_t>(lengthBytes - 1) >= static_cast<uint32_t>(kMaximumBytes)) return 1;
  if ((requestFlags & 1) != direction) return 1;
  if (((lengthBytes | low) & 3) != 0) return 1;
  if ((requestFlags & 2) == 0) return 2;
  return 0;
}

template <Order order>
inline void startIfIdle(int32_t channel, int32_t position) {
  Control& c = control[channel];
  if (get<order>(c.row) != idleRow) return;
  int32_t row = checked(engineTable[idleRow | EngineStart]);
  if (order != Order::Plain) {
    int32_t idle = idleRow;
    if (!c.row.compare_exchange_strong(idle, row)) return;
  } else {
    c.row.store(row, std::memory_order_relaxed);
  }
  const int32_t slot = channel * kSlots + (position & (kSlots - 1));
  slotRow[slot] = checked(requestTable[slotRow[slot] | Start]);
  c.started.store(position + 1, std::memory_order_relaxed);
  set<order>(c.doorbell, position + 1);
}

template <Order order>
__attribute__((noinline)) int32_t submit(int32_t channel, int32_t firstRequest, int32_t count) {
  Control& c = control[channel];
  const int32_t first = c.submitted.load(std::memory_order_relaxed);
  int32_t position = first;
  const int32_t room = kSlots - (position - get<order>(c.done));
  const int32_t taken = count < room ? count : room;
  const int32_t direction = c.direction;
  for (int32_t request = firstRequest; request < firstRequest + taken; request++) {
    const int32_t invalid = validate(flags[request], length[request], hostLow[request], direction);
    if (invalid != 0) {
      status[request] = invalid;
      continue;
    }
    const int32_t slot = channel * kSlots + (position & (kSlots - 1));
    status[request] = 0x103;
    int32_t* descriptor = descriptors + slot * 8;
    descriptor[0] = static_cast<int32_t>(0xad4b0003);
    descriptor[1] = length[request];
    int32_t* host = descriptor + (direction == 1 ? 2 : 4);
    int32_t* card = descriptor + (direction == 1 ? 4 : 2);
    host[0] = hostLow[request];
    host[1] = hostHigh[request];
    card[0] = cardLow[request];
    card[1] = cardHigh[request];
    slotRow[slot] = checked(requestTable[arrivedRow | Dispatch]);
    slotRequest[slot] = request;
    position++;
    if (order != Order::Plain) set<order>(c.submitted, position);
  }
  if (order == Order::Plain) set<order>(c.submitted, position);
  if (position != first) startIfIdle<order>(channel, first);
  return taken;
}

inline int32_t consume(const int32_t* descriptor) {
  int32_t moved = 0;
  for (;; descriptor += 8) {
    const int32_t word = descriptor[0];
    if (static_cast<uint32_t>(word) >> 16 != 0xad4b) return -1;
    moved += descriptor[1];
    if (word & 1) return moved;
  }
}

template <Order order>
__attribute__((noinline)) void serve() {
  for (int32_t channel = 0; channel < kChannels; channel++) {
    Control& c = control[channel];
    int32_t position = c.ready.load(std::memory_order_relaxed);
    if (get<order>(c.doorbell) == position) continue;
    const int32_t to = get<order>(c.submitted);
    int32_t engine = get<order>(c.row);
    for (;;) {
      const int32_t slot = channel * kSlots + (position & (kSlots - 1));
      slotMoved[slot] = consume(descriptors + slot * 8);
      slotRow[slot] = checked(requestTable[slotRow[slot] | DeviceDone]);
      position++;
      if (order != Order::Plain) set<order>(c.ready, position);
      if (position == to) break;
      engine = checked(engineTable[engine | EngineRestart]);
      const int32_t next = channel * kSlots + (position & (kSlots - 1));
      slotRow[next] = checked(requestTable[slotRow[next] | Start]);
      set<order>(c.doorbell, position + 1);
    }
    c.started.store(to, std::memory_order_relaxed);
    if (order == Order::Plain) set<order>(c.ready, to);
    set<order>(c.row, checked(engineTable[engine | EngineCompleted]));
  }
}

template <Order order>
__attribute__((noinline)) int32_t drain() {
  int32_t completed = 0;
  for (int32_t channel = 0; channel < kChannels; channel++) {
    Control& c = control[channel];
    const int32_t from = c.done.load(std::memory_order_relaxed);
    const int32_t to = get<order>(c.ready);
    for (int32_t position = from; position != to; position++) {
      const int32_t slot = channel * kSlots + (position & (kSlots - 1));
      const int32_t request = slotRequest[slot], moved = slotMoved[slot];
      information[request] = moved < 0 ? 0 : moved;
      status[request] = moved < 0 ? -1 : 0;
      slotRow[slot] = checked(requestTable[slotRow[slot] | Finish]);
    }
    if (from != to) set<order>(c.done, to);
    completed += to - from;
  }
  return completed;
}

// Two threads.
std::atomic<bool> stopping{false};

// A side that found nothing leaves the cache lines to the other for a moment; without it the two fight over them.
void breathe() {
  for (int i = 0; i < kPauses; i++) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

void startShared(int32_t channel) {
  Control& c = control[channel];
  for (;;) {
    int32_t idle = idleRow;
    if (c.row.load(std::memory_order_relaxed) != idleRow) return;
    if (!c.row.compare_exchange_strong(idle, engineTable[idleRow | EngineStart])) return;
    const int32_t position = c.started.load(std::memory_order_relaxed);
    if (c.submitted.load(std::memory_order_acquire) != position) {
      const int32_t slot = channel * kSlots + (position & (kSlots - 1));
      slotRow[slot] = checked(requestTable[slotRow[slot] | Start]);
      c.started.store(position + 1, std::memory_order_relaxed);
      c.doorbell.store(position + 1, std::memory_order_release);
      return;
    }
    c.row.exchange(checked(engineTable[c.row.load(std::memory_order_relaxed) | EngineCompleted]));
    if (c.submitted.load(std::memory_order_acquire) == position) return;
  }
}

int32_t serveShared(int32_t* ready) {
  int32_t served = 0;
  for (int32_t channel = 0; channel < kChannels; channel++) {
    Control& c = control[channel];
    int32_t position = ready[channel];
    if (c.doorbell.load(std::memory_order_acquire) == position) continue;
    const int32_t to = c.submitted.load(std::memory_order_acquire);
    served += to - position;
    int32_t engine = c.row.load(std::memory_order_relaxed);
    for (;;) {
      const int32_t slot = channel * kSlots + (position & (kSlots - 1));
      slotMoved[slot] = consume(descriptors + slot * 8);
      slotRow[slot] = checked(requestTable[slotRow[slot] | DeviceDone]);
      position++;
      if (position == to) break;
      engine = checked(engineTable[engine | EngineRestart]);
      const int32_t next = channel * kSlots + (position & (kSlots - 1));
      slotRow[next] = checked(requestTable[slotRow[next] | Start]);
      c.doorbell.store(position + 1, std::memory_order_relaxed);
    }
    c.started.store(to, std::memory_order_relaxed);
    ready[channel] = to;
    c.ready.store(to, std::memory_order_release);
    c.row.exchange(checked(engineTable[engine | EngineCompleted]));
    if (c.submitted.load(std::memory_order_acquire) != to) startShared(channel);
  }
  return served;
}

int32_t submitShared(int32_t channel, int32_t firstRequest, int32_t count) {
  Control& c = control[channel];
  const int32_t first = c.submitted.load(std::memory_order_relaxed);
  int32_t position = first;
  const int32_t room = kSlots - (position - c.done.load(std::memory_order_relaxed));
  const int32_t taken = count < room ? count : room;
  const int32_t direction = c.direction;
  for (int32_t request = firstRequest; request < firstRequest + taken; request++) {
    if (validate(flags[request], length[request], hostLow[request], direction) != 0) continue;
    const int32_t slot = channel * kSlots + (position & (kSlots - 1));
    int32_t* descriptor = descriptors + slot * 8;
    descriptor[0] = static_cast<int32_t>(0xad4b0003);
    descriptor[1] = length[request];
    int32_t* host = descriptor + (direction == 1 ? 2 : 4);
    int32_t* card = descriptor + (direction == 1 ? 4 : 2);
    host[0] = hostLow[request];
    host[1] = hostHigh[request];
    card[0] = cardLow[request];
    card[1] = cardHigh[request];
    slotRow[slot] = checked(requestTable[arrivedRow | Dispatch]);
    slotRequest[slot] = request;
    status[request] = 0x103;
    position++;
  }
  if (position != first) {
    c.submitted.exchange(position);
    startShared(channel);
  }
  return taken;
}

int64_t runShared(int64_t bursts) {
  const int64_t total = bursts * kChannels * kBurst;
  int64_t submitted = 0, completed = 0;
  int32_t request = 0;
  while (completed < total) {
    for (int32_t channel = 0; channel < kChannels && submitted < total; channel++) {
      const int32_t taken = submitShared(channel, request, kBurst);
      submitted += taken;
      request = (request + kBurst) & (kRequests - 1);
    }
    const int32_t drained = drain<Order::Release>();
    if (drained == 0) breathe();
    completed += drained;
  }
  return completed;
}

template <Order order>
__attribute__((noinline)) int64_t run(int64_t bursts) {
  int64_t completed = 0;
  int32_t request = 0;
  for (int64_t burst = 0; burst < bursts; burst++) {
    for (int32_t channel = 0; channel < kChannels; channel++) {
      submit<order>(channel, request, kBurst);
      request = (request + kBurst) & (kRequests - 1);
    }
    serve<order>();
    completed += drain<order>();
  }
  return completed;
}

int64_t runInOrder(const char* order, int64_t bursts) {
  if (std::strcmp(order, "release") == 0) return run<Order::Release>(bursts);
  if (std::strcmp(order, "seq-cst") == 0) return run<Order::SeqCst>(bursts);
  return run<Order::Plain>(bursts);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  FILE* file = std::fopen(argv[1], "rb");
  if (!file) return 2;
  std::vector<int32_t> words(1 << 16);
  const size_t read = std::fread(words.data(), 4, words.size(), file);
  std::fclose(file);
  if (read < 5) return 2;
  arrivedRow = words[0];
  freeRow = words[1];
  idleRow = words[2];
  requestTable = words.data() + 4;
  engineTable = words.data() + 5 + words[3];
  volatile int32_t write = 1;  // so that nothing is known about it when this is compiled
  for (Control& c : control) {
    c.row = idleRow;
    c.direction = write;
  }
  for (int32_t i = 0; i < kRequests; i++) {
    flags[i] = 3;
    length[i] = 4096 + (i & 15) * 4;
    hostLow[i] = i * 8192;
    cardLow[i] = i * 4096;
    hostHigh[i] = i & 7;
    cardHigh[i] = i & 3;
  }
  const bool workers = std::strcmp(argv[2], "workers") == 0;
  std::thread device;
  if (workers) {
    device = std::thread([] {
      int32_t ready[kChannels] = {};
      while (!stopping.load(std::memory_order_relaxed)) {
        if (serveShared(ready) == 0) breathe();
      }
    });
  }
  // As programs/path.ts: each round is ten short ones, and it is warm before.
  const int64_t bursts = (std::atoll(argv[4]) + kShortRounds - 1) / kShortRounds;
  for (int round = -kWarmRounds; round < std::atoi(argv[3]) * kShortRounds; round++) {
    const auto start = std::chrono::steady_clock::now();
    const int64_t completed = workers ? runShared(bursts) : runInOrder(argv[2], bursts);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    int64_t sum = misuses * 1000000007;
    for (int32_t i = 0; i < kRequests; i++) sum += information[i] + status[i];
    for (int32_t row : slotRow) sum += row == freeRow;
    if (completed != bursts * kChannels * kBurst) return 1;
    if (round < 0) continue;
    std::printf("%.4f %lld\n", took.count() / static_cast<double>(completed), static_cast<long long>(sum));
    std::fflush(stdout);
  }
  stopping = true;
  if (workers) device.join();
}
