// Two threads: a bounded ring in bursts, and a hand-over by spinning. The rival of programs/ring.ts.
//
//   ring <burst> <rounds> <words>        nanoseconds a word and the 32-bit sum of all words
//   ring handover <rounds> <trips>       nanoseconds a round trip
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

constexpr uint32_t kCapacity = 4096;
alignas(64) std::atomic<uint32_t> head{0};
alignas(64) std::atomic<uint32_t> tail{0};
alignas(64) int32_t words[kCapacity];

// In one piece, or in two where the ring begins again.
void copyOut(int32_t* to, uint32_t from, uint32_t count) {
  const uint32_t place = from & (kCapacity - 1);
  const uint32_t straight = count < kCapacity - place ? count : kCapacity - place;
  std::memcpy(to, words + place, straight * sizeof(int32_t));
  std::memcpy(to + straight, words, (count - straight) * sizeof(int32_t));
}

void copyIn(uint32_t to, const int32_t* from, uint32_t count) {
  const uint32_t place = to & (kCapacity - 1);
  const uint32_t straight = count < kCapacity - place ? count : kCapacity - place;
  std::memcpy(words + place, from, straight * sizeof(int32_t));
  std::memcpy(words, from + straight, (count - straight) * sizeof(int32_t));
}

uint32_t consume(int64_t count, uint32_t burst) {
  uint32_t own = head.load(std::memory_order_relaxed), seen = own;
  int32_t taken[64];
  uint32_t sum = 0;
  while (count > 0) {
    if (seen - own < burst) seen = tail.load(std::memory_order_acquire);
    const uint32_t ready = seen - own < burst ? seen - own : burst;
    if (ready == 0) continue;
    copyOut(taken, own, ready);
    own += ready;
    head.store(own, std::memory_order_release);
    for (uint32_t i = 0; i < ready; i++) sum += static_cast<uint32_t>(taken[i]);
    count -= ready;
  }
  return sum;
}

void produce(int64_t count, uint32_t burst) {
  uint32_t own = tail.load(std::memory_order_relaxed), seen = head.load(std::memory_order_acquire);
  int32_t next[64];
  int64_t sent = 0;
  while (sent < count) {
    for (uint32_t i = 0; i < burst; i++) next[i] = static_cast<int32_t>((sent + i) & 0xffff);
    while (kCapacity - (own - seen) < burst) seen = head.load(std::memory_order_acquire);
    copyIn(own, next, burst);
    own += burst;
    tail.store(own, std::memory_order_release);
    sent += burst;
  }
}

void report(std::chrono::steady_clock::time_point start, int64_t operations, int64_t sum) {
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  std::printf("%.4f %lld\n", took.count() / static_cast<double>(operations), static_cast<long long>(sum));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const bool handover = std::strcmp(argv[1], "handover") == 0;
  const int rounds = std::atoi(argv[2]);
  const int64_t count = std::atoll(argv[3]);
  if (handover) {
    std::thread other([=] {
      for (int64_t trip = 1; trip <= count * (rounds + 1); trip++) {
        while (head.load(std::memory_order_acquire) != static_cast<uint32_t>(trip)) {}
        tail.store(static_cast<uint32_t>(trip), std::memory_order_release);
      }
    });
    int64_t trip = 0;
    for (int round = -1; round < rounds; round++) {
      const auto start = std::chrono::steady_clock::now();
      for (const int64_t last = trip + count; trip < last;) {
        trip++;
        head.store(static_cast<uint32_t>(trip), std::memory_order_release);
        while (tail.load(std::memory_order_acquire) != static_cast<uint32_t>(trip)) {}
      }
      if (round >= 0) report(start, count, trip);  // one round to warm up
    }
    other.join();
    return 0;
  }
  const uint32_t burst = static_cast<uint32_t>(std::atoi(argv[1]));
  std::thread producer([=] {
    for (int round = -1; round < rounds; round++) produce(count, burst);
  });
  for (int round = -1; round < rounds; round++) {
    const auto start = std::chrono::steady_clock::now();
    const uint32_t sum = consume(count, burst);
    if (round >= 0) report(start, count, sum);
  }
  producer.join();
}
