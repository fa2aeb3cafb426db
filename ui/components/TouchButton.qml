import QtQuick
import "../theme"

// A verb to touch. Give it an objectName; works with finger, mouse and keyboard.
Rectangle {
    id: button

    property string text
    property string iconName
    // "primary" (brand, filled), "plain" (outlined), "soft" (a page's tab, chosen), "quiet".
    property string kind: "plain"
    // Icon above the text (large patient buttons) instead of before it.
    property bool stacked: false
    // Drawn as where the keyboard is, by a list that holds the focus itself.
    property bool current: false
    property real size: Theme.sizeLabel
    property real iconSize: Math.round(button.size * (button.stacked ? 1.7 : 1.2))
    property real minimum: Theme.role === "bedside" ? Theme.touchPatient : Theme.touchStaff
    readonly property bool down: tap.pressed
    readonly property bool ringed: button.activeFocus || button.current
    readonly property color face: button.kind === "primary" ? Theme.brand : button.kind === "soft" ? Theme.brandSoft : button.kind === "quiet" ? Theme.sunken : Theme.surface
    readonly property color textColor: button.kind === "primary" ? Theme.inkOnBrand : button.kind === "plain" ? Theme.brand : button.kind === "soft" ? Theme.brand : Theme.ink

    signal activated

    Accessible.name: button.text
    Accessible.role: Accessible.Button
    activeFocusOnTab: true
    border.color: button.ringed ? Theme.ink : button.kind === "plain" ? Theme.brand : "transparent"
    border.width: button.ringed ? Theme.edge : Math.max(1, Math.round(Theme.edge / 2))
    color: button.down ? Qt.tint(button.face, Qt.alpha(Theme.ink, 0.15)) : button.face
    implicitHeight: Math.max(button.minimum, content.implicitHeight + 2 * Theme.grid)
    implicitWidth: Math.max(button.minimum, content.implicitWidth + 4 * Theme.grid)
    opacity: button.enabled ? 1 : 0.5
    radius: Theme.radiusSmall + Theme.grid / 2

    Accessible.onPressAction: button.activated()
    Keys.onEnterPressed: button.activated()
    Keys.onReturnPressed: button.activated()
    Keys.onSpacePressed: button.activated()

    Grid {
        id: content

        anchors.centerIn: parent
        columns: button.stacked ? 1 : 2
        horizontalItemAlignment: Grid.AlignHCenter
        spacing: Theme.grid
        verticalItemAlignment: Grid.AlignVCenter

        Icon {
            color: button.textColor
            name: button.iconName
            size: button.iconSize
            visible: button.iconName !== ""
        }
        Label {
            color: button.textColor
            elide: Text.ElideRight
            font.pixelSize: button.size
            font.weight: Theme.semibold
            horizontalAlignment: Text.AlignHCenter
            maximumLineCount: 2
            text: button.text
            visible: button.text !== ""
            width: Math.min(implicitWidth, button.width - 2 * Theme.grid - (button.stacked || button.iconName === "" ? 0 : button.iconSize + Theme.grid))
            wrapMode: button.stacked ? Text.Wrap : Text.NoWrap
        }
    }
    Touch {
        id: tap

        onTapped: button.activated()
    }
}
