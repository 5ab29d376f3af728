#pragma once

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace weir::net
{

/// Bytes that were read and not yet used up. Starts small and grows when reads fill it, so that large bodies move in
/// large steps; takes no memory while it is empty and small, if its user says when it will be for a while.
class byte_buffer
{
public:
    static constexpr std::size_t small_capacity = 1024, first_capacity = 4 * 1024, most_grown = 16 * 1024;

    std::string_view data() const { return {memory_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    std::size_t size() const { return end_ - begin_; }

    /// Room to read into, behind what there is; views into data() end here. `least` bytes at least: a head or a chunk
    /// frame that is not complete may need more than the usual capacity.
    boost::asio::mutable_buffer prepare(std::size_t least = 1)
    {
        if (begin_ == end_) begin_ = end_ = 0;
        if (grow_ || capacity_ == 0) {
            resize(std::clamp(capacity_ * 2, first_capacity, std::max(capacity_, most_)));
            grow_ = false;
        }
        if (capacity_ - end_ < std::max(least, capacity_ / 4)) compact();
        if (capacity_ - end_ < least) resize(std::max(capacity_ * 2, size() + least));
        return {memory_.get() + end_, capacity_ - end_};
    }

    void commit(std::size_t n)
    {
        end_ += n;
        grow_ = end_ == capacity_ && capacity_ < most_;
    }

    void consume(std::size_t n) { begin_ += n; }

    /// How large reads that fill it may make it from now on. Default: `most_grown`.
    void grow_up_to(std::size_t most) { most_ = most; }

    /// Gives the memory back if nothing stands in it, unless reads have filled it: more of such a body is on its way.
    /// What a long head or chunk frame made of it beyond that goes as well.
    void rest()
    {
        if (!may_shrink()) return;
        memory_.reset();
        capacity_ = begin_ = end_ = 0;
    }
    /// Whether it takes no memory.
    bool is_resting() const { return capacity_ == 0; }

    /// Likewise, but keeps room for a small piece: for what comes in such pieces with long pauses.
    void expect_small_pieces()
    {
        if (may_shrink()) resize(small_capacity);
    }

private:
    bool may_shrink() const { return empty() && !grow_ && (capacity_ <= first_capacity || capacity_ > most_); }

    void compact()
    {
        if (begin_ == 0) return;
        std::memmove(memory_.get(), memory_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
    }

    void resize(std::size_t capacity)
    {
        if (capacity == capacity_) return;
        auto grown = std::make_unique_for_overwrite<char[]>(capacity);
        if (!empty()) std::memcpy(grown.get(), memory_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
        memory_ = std::move(grown);
        capacity_ = capacity;
    }

    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0, most_ = most_grown;
    bool grow_ = false;
};

} // namespace weir::net
