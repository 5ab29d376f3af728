#pragma once

#include "gateway/content_type.hpp"
#include "gateway/digest.hpp"
#include "gateway/multipart.hpp"

#include <boost/container/small_vector.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir::gateway
{

/// The memory that all captures together may take. Any thread.
class capture_budget
{
public:
    explicit capture_budget(std::uint64_t limit)
        : limit_(static_cast<std::int64_t>(limit))
    {
    }

    bool take(std::size_t bytes)
    {
        auto const n = static_cast<std::int64_t>(bytes);
        if (used_.fetch_add(n, std::memory_order_relaxed) + n <= limit_) return true;
        give_back(bytes);
        return false;
    }
    bool is_exhausted() const { return used() >= limit_; }
    /// Counts what is kept whatever the budget is, because it is small: others get less.
    void add(std::int64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
    void give_back(std::size_t bytes) { used_.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed); }
    std::int64_t used() const { return used_.load(std::memory_order_relaxed); }

private:
    std::int64_t const limit_;
    std::atomic<std::int64_t> used_{0};
};

/// A copy of a body for the record, made as the body passes: its beginning up to a limit and, where it was cut, its
/// last bytes, in which usage stands. Of what is not text only the size and a hash, or the fields and files of a form.
class capture
{
public:
    /// Bytes kept from the end of a body that is longer than the limit.
    static constexpr std::size_t tail_size = 32 * 1024;
    /// And of one for whose text the memory does not suffice: a small stream's usage still stands in it.
    static constexpr std::size_t refused_tail_size = 4 * 1024;
    /// A content-coded body cannot be read from its end: so much of it is kept, whatever the limit on text.
    static constexpr std::size_t most_encoded = 16 * 1024 * 1024;

    /// Of the values of a form, so much is kept.
    static constexpr std::size_t most_form_text = 256 * 1024;

    explicit capture(capture_budget& budget)
        : budget_(&budget)
    {
    }
    capture(capture const&) = delete;
    capture& operator=(capture const&) = delete;
    ~capture() { budget_->give_back(reserved_ + counted_); }

    /// Decides what is kept, once the body's head is known; again, if something else takes the body's place.
    void begin(std::string_view content_type, std::string_view content_encoding, std::size_t limit);

    /// Notes the next piece; `at_us` since the call began.
    void add(std::string_view piece, std::int64_t at_us);

    /// All of the body is here, as it was.
    bool is_whole() const { return begun_ && kind_ == body_kind::text && !cut_ && !refused_; }
    std::string const& text() const { return text_; }
    std::string take_text() { return std::move(text_); }
    /// The last bytes of a body that was cut, none of them in text() too; empty for one that is whole.
    std::string_view tail() const;

    /// Gives the text back but for its last bytes, as if memory had not sufficed.
    void drop_text();

    std::uint64_t total_bytes() const { return total_; }
    bool is_cut() const { return cut_ || (form_ && form_->is_truncated()); }
    /// Memory did not suffice: there is no text.
    bool is_refused() const { return refused_; }
    body_kind kind() const { return kind_; }
    std::string const& content_type() const { return content_type_; }
    std::string const& content_encoding() const { return content_encoding_; }

    /// JSON that describes a body that is not text.
    std::string describe();

    /// When the byte before `offset` came, in µs since the call began; none when nothing came.
    struct mark {
        std::uint64_t end;
        std::int64_t at_us;
    };
    using mark_list = boost::container::small_vector<mark, 4>; // streams have more
    mark_list const& marks() const { return marks_; }

    std::size_t memory() const { return reserved_ + counted_; }

private:
    static constexpr std::size_t most_marks = 256;

    bool reserve(std::size_t size);
    std::size_t most_tail() const { return refused_ ? refused_tail_size : tail_size; }
    void add_tail(std::string_view piece);
    void add_mark(std::int64_t at_us);
    void count_the_rest();

    capture_budget* budget_;
    body_kind kind_ = body_kind::text;
    std::size_t limit_ = 0;
    std::uint64_t total_ = 0;
    bool begun_ = false, cut_ = false, refused_ = false;
    std::string content_type_, content_encoding_;
    std::string text_, tail_;
    std::size_t reserved_ = 0; ///< for the text
    std::size_t counted_ = 0;  ///< for what is kept beside it
    std::optional<sha256> hash_;
    std::optional<multipart_digest> form_;
    mark_list marks_;
};

} // namespace weir::gateway
