import QtQuick
import "../components"
import "../theme"

// A large touch target of the patient's: picture and word on a card.
Rectangle {
    id: tile

    property string text
    property string iconName
    // "" plain, "high" a red flag, "chosen" touched and told, "quiet" a second thought.
    property string tone
    // Picture before the word instead of above it.
    property bool flat: false
    property real iconScale: 1.6
    property real size: Theme.sizeLabel
    // Where the tile's place is given, long words become smaller instead of it larger.
    property bool fits: false
    // What is said when it is held or focused.
    property string speech: tile.text
    // It calls a nurse: the press itself counts, and waits for no word.
    property bool calls: false
    // Where the screen is spoken a hold says what this is, once: whoever cannot touch quickly
    // touches it the second time. A tile that is to be held has no such hold.
    property bool tells: Theme.speaksOnHold && !tile.calls && tile.speech !== "" && Theme.told !== tile
    readonly property color tint: tile.tone === "high" ? Theme.high : tile.tone === "quiet" ? Theme.muted : Theme.brand
    readonly property real pad: Theme.grid
    readonly property real iconSize: Math.round(tile.size * (tile.flat ? 1.3 : tile.iconScale))
    readonly property real textWidth: tile.width - 2 * tile.pad - (tile.flat && tile.iconName !== "" ? tile.iconSize + Theme.grid : 0)

    signal touched

    Accessible.name: tile.text
    Accessible.role: Accessible.Button
    activeFocusOnTab: true
    border.color: tile.activeFocus ? Theme.ink : tile.tone === "high" ? Theme.high : tile.tone === "chosen" ? Theme.brand : Theme.line
    border.width: tile.activeFocus || tile.tone === "high" || tile.tone === "chosen" ? Theme.edge : Theme.hairline
    color: tap.pressed ? Theme.sunken : tile.tone === "chosen" ? Theme.brandSoft : Theme.surface
    implicitHeight: Math.max(Theme.touchPatient, content.implicitHeight + 2 * tile.pad)
    implicitWidth: Theme.touchPatient
    opacity: tile.enabled ? 1 : 0.5
    radius: Theme.radius

    Accessible.onPressAction: tile.touched()
    Keys.onEnterPressed: tile.touched()
    Keys.onReturnPressed: tile.touched()
    Keys.onSpacePressed: tile.touched()

    Grid {
        id: content

        anchors.centerIn: parent
        columns: tile.flat ? 2 : 1
        horizontalItemAlignment: Grid.AlignHCenter
        spacing: tile.flat ? Theme.grid : Math.round(0.5 * Theme.grid)
        verticalItemAlignment: Grid.AlignVCenter

        Icon {
            color: tile.tint
            name: tile.iconName
            size: tile.iconSize
            visible: tile.iconName !== ""
        }
        Label {
            color: tile.tone === "high" ? Theme.high : tile.tone === "quiet" ? Theme.muted : Theme.ink
            font.pixelSize: tile.size
            font.weight: Theme.semibold
            fontSizeMode: tile.fits ? Text.Fit : Text.FixedSize
            height: tile.fits ? tile.height - 2 * tile.pad : implicitHeight
            horizontalAlignment: Text.AlignHCenter
            lineHeight: tile.fits ? 0.9 : Math.round(Theme.lineFactor * tile.size)
            lineHeightMode: tile.fits ? Text.ProportionalHeight : Text.FixedHeight
            minimumPixelSize: Math.round(0.5 * tile.size)
            text: tile.text
            visible: text !== ""
            width: Math.min(implicitWidth, tile.textWidth)
            wrapMode: tile.fits ? Text.WordWrap : Text.Wrap
        }
    }
    Touch {
        id: tap

        longPressThreshold: tile.tells ? 0.8 : 10

        onLongPressed: {
            if (tile.tells)
                Theme.told = tile;
        }
        onPressedChanged: {
            if (tile.calls && tap.pressed)
                tile.touched();
        }
        onTapped: {
            if (!tile.calls)
                tile.touched();
        }
    }
}
