import QtQuick
import "../components"
import "../theme"

// The level's word, the condition's, and that there is surgery today.
Row {
    id: words

    required property BedCard card
    property real size: words.card.wordSize

    spacing: 2 * Theme.grid

    Label {
        color: Theme.muted
        font.pixelSize: words.size
        objectName: "level-" + words.card.key
        text: words.card.level
        visible: text !== ""
    }
    Label {
        font.pixelSize: words.size
        font.weight: Theme.bold
        objectName: "condition-" + words.card.key
        text: words.card.condition
        visible: text !== ""
    }
    Label {
        color: Theme.low
        font.pixelSize: words.size
        font.weight: Theme.semibold
        objectName: "surgery-" + words.card.key
        text: words.card.surgery
        visible: text !== ""
    }
}
