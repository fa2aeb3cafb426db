import QtQuick
import "../components"
import "../theme"

// One name to touch.
Item {
    id: cell

    required property string key
    required property string name
    required property string roleText
    property bool chosen: false

    signal touched

    Accessible.name: cell.name
    Accessible.role: Accessible.Button
    objectName: "name-" + cell.key

    Accessible.onPressAction: cell.touched()

    Rectangle {
        anchors.fill: parent
        anchors.margins: Theme.grid / 2
        border.color: cell.chosen ? Theme.brand : Theme.line
        border.width: cell.chosen ? Theme.edge : Theme.hairline
        color: tap.pressed ? Theme.brandSoft : Theme.sunken
        radius: Theme.radius

        Label {
            id: word

            anchors.left: parent.left
            anchors.leftMargin: 2 * Theme.grid
            anchors.right: parent.right
            anchors.rightMargin: Theme.grid
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeTitle
            font.weight: Theme.bold
            text: cell.name
            y: (parent.height - height - role.height) / 2
        }
        Label {
            id: role

            anchors.left: word.left
            anchors.right: word.right
            anchors.top: word.bottom
            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeSmall
            text: cell.roleText
        }
    }
    TapHandler {
        id: tap

        gesturePolicy: TapHandler.ReleaseWithinBounds

        onTapped: cell.touched()
    }
}
